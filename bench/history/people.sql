-- Who buys: names, streets and towns in the mixture that a shop in Kerala sees. Made-up people.
create table history.first_names as
select row_number() over () - 1 as n, name from unnest(array[
  'Asha', 'Anjali', 'Arun', 'Abdul', 'Bindu', 'Biju', 'Chitra', 'Deepa', 'Dileep', 'Fathima', 'Faisal', 'Gayathri',
  'George', 'Gopika', 'Hari', 'Indu', 'Jaya', 'Jijo', 'Joseph', 'Kavya', 'Krishnan', 'Lakshmi', 'Latha', 'Manoj',
  'Meera', 'Mohammed', 'Nandini', 'Nisha', 'Pooja', 'Pradeep', 'Priya', 'Rahul', 'Rajesh', 'Reshma', 'Sajan', 'Sandhya',
  'Shabna', 'Sneha', 'Sreeja', 'Suresh', 'Thomas', 'Uma', 'Vidya', 'Vineeth', 'Zainab', 'അഞ്ജലി', 'ലക്ഷ്മി', 'സുരേഷ്',
  'മീര', 'ജോസഫ്', 'फातिमा', 'Mary-Ann', 'D''Souza', 'Sana 🌸', 'Ravi 🙏'
]) name;
create table history.last_names as
select row_number() over () - 1 as n, name from unnest(array[
  'Menon', 'Nair', 'Pillai', 'Kurian', 'Varghese', 'Thomas', 'Beevi', 'Rahman', 'Iyer', 'Warrier', 'Panicker', 'Das',
  'Jacob', 'Mathew', 'Paul', 'Babu', 'Kumar', 'Raj', 'Krishna', 'Chandran', 'Antony', 'Fernandez', 'Haneefa', 'Shetty',
  'Reddy', 'Rao', 'Gowda', 'Patil', 'Sharma', 'Singh', 'Gupta', 'Khan', 'നായർ', 'മേനോൻ', 'K. P.', 'M.'
]) name;
create table history.streets as
select row_number() over () - 1 as n, name from unnest(array[
  'Palm Grove', 'Beach Road', 'Marine Drive', 'Church Lane', 'Temple Road', 'MG Road', 'Station Road', 'Market Street',
  'Convent Junction', 'Lake View', 'Hill Palace Road', 'Gandhi Nagar', 'Brigade Road', 'Indiranagar 2nd Stage', 'Canal Bund'
]) name;
create table history.towns as
select row_number() over () - 1 as n, t.* from (values
  ('Kochi', 'Kerala', '682'), ('Thiruvananthapuram', 'Kerala', '695'), ('Kozhikode', 'Kerala', '673'),
  ('Thrissur', 'Kerala', '680'), ('Kollam', 'Kerala', '691'), ('Kannur', 'Kerala', '670'), ('Kottayam', 'Kerala', '686'),
  ('Palakkad', 'Kerala', '678'), ('Bengaluru', 'Karnataka', '560'), ('Mysuru', 'Karnataka', '570'),
  ('Mangaluru', 'Karnataka', '575'), ('Chennai', 'Tamil Nadu', '600'), ('Coimbatore', 'Tamil Nadu', '641'),
  ('Hyderabad', 'Telangana', '500'), ('Mumbai', 'Maharashtra', '400'), ('Pune', 'Maharashtra', '411'),
  ('New Delhi', 'Delhi', '110'), ('Kolkata', 'West Bengal', '700'), ('Panaji', 'Goa', '403'), ('കൊച്ചി', 'Kerala', '682')
) t (city, state, prefix);
