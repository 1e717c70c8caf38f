/** The first two digits of a PIN tell its circle: [state code, state, hub city, hub code]. */
type Circle = readonly [stateCode: string, state: string, city: string, hub: string];

const circles: Readonly<Record<string, Circle>> = {
  '11': ['DL', 'Delhi', 'Delhi', 'DEL'],
  '12': ['HR', 'Haryana', 'Gurgaon', 'GGN'],
  '13': ['HR', 'Haryana', 'Ambala', 'AMB'],
  '14': ['PB', 'Punjab', 'Ludhiana', 'LDH'],
  '15': ['PB', 'Punjab', 'Bathinda', 'BTD'],
  '16': ['CH', 'Chandigarh', 'Chandigarh', 'CHD'],
  '17': ['HP', 'Himachal Pradesh', 'Shimla', 'SML'],
  '18': ['JK', 'Jammu & Kashmir', 'Jammu', 'JMU'],
  '19': ['JK', 'Jammu & Kashmir', 'Srinagar', 'SXR'],
  '20': ['UP', 'Uttar Pradesh', 'Noida', 'NOI'],
  '21': ['UP', 'Uttar Pradesh', 'Allahabad', 'ALD'],
  '22': ['UP', 'Uttar Pradesh', 'Lucknow', 'LKO'],
  '23': ['UP', 'Uttar Pradesh', 'Mirzapur', 'MZP'],
  '24': ['UK', 'Uttarakhand', 'Dehradun', 'DDN'],
  '25': ['UP', 'Uttar Pradesh', 'Meerut', 'MRT'],
  '26': ['UK', 'Uttarakhand', 'Haldwani', 'HLD'],
  '27': ['UP', 'Uttar Pradesh', 'Gorakhpur', 'GKP'],
  '28': ['UP', 'Uttar Pradesh', 'Agra', 'AGR'],
  '30': ['RJ', 'Rajasthan', 'Jaipur', 'JAI'],
  '31': ['RJ', 'Rajasthan', 'Udaipur', 'UDR'],
  '32': ['RJ', 'Rajasthan', 'Kota', 'KTA'],
  '33': ['RJ', 'Rajasthan', 'Bikaner', 'BKN'],
  '34': ['RJ', 'Rajasthan', 'Jodhpur', 'JDH'],
  '36': ['GJ', 'Gujarat', 'Rajkot', 'RJT'],
  '37': ['GJ', 'Gujarat', 'Bhuj', 'BHJ'],
  '38': ['GJ', 'Gujarat', 'Ahmedabad', 'AMD'],
  '39': ['GJ', 'Gujarat', 'Surat', 'STV'],
  '40': ['MH', 'Maharashtra', 'Mumbai', 'BOM'],
  '41': ['MH', 'Maharashtra', 'Pune', 'PNQ'],
  '42': ['MH', 'Maharashtra', 'Nashik', 'NSK'],
  '43': ['MH', 'Maharashtra', 'Aurangabad', 'IXU'],
  '44': ['MH', 'Maharashtra', 'Nagpur', 'NAG'],
  '45': ['MP', 'Madhya Pradesh', 'Indore', 'IDR'],
  '46': ['MP', 'Madhya Pradesh', 'Bhopal', 'BHO'],
  '47': ['MP', 'Madhya Pradesh', 'Gwalior', 'GWL'],
  '48': ['MP', 'Madhya Pradesh', 'Jabalpur', 'JLR'],
  '49': ['CG', 'Chhattisgarh', 'Raipur', 'RPR'],
  '50': ['TS', 'Telangana', 'Hyderabad', 'HYD'],
  '51': ['AP', 'Andhra Pradesh', 'Kurnool', 'KNL'],
  '52': ['AP', 'Andhra Pradesh', 'Vijayawada', 'VJA'],
  '53': ['AP', 'Andhra Pradesh', 'Visakhapatnam', 'VTZ'],
  '56': ['KA', 'Karnataka', 'Bengaluru', 'BLR'],
  '57': ['KA', 'Karnataka', 'Mysuru', 'MYQ'],
  '58': ['KA', 'Karnataka', 'Hubballi', 'HBX'],
  '59': ['KA', 'Karnataka', 'Belagavi', 'IXG'],
  '60': ['TN', 'Tamil Nadu', 'Chennai', 'MAA'],
  '61': ['TN', 'Tamil Nadu', 'Thanjavur', 'TJV'],
  '62': ['TN', 'Tamil Nadu', 'Madurai', 'IXM'],
  '63': ['TN', 'Tamil Nadu', 'Salem', 'SXV'],
  '64': ['TN', 'Tamil Nadu', 'Coimbatore', 'CJB'],
  '67': ['KL', 'Kerala', 'Kozhikode', 'CCJ'],
  '68': ['KL', 'Kerala', 'Kochi', 'COK'],
  '69': ['KL', 'Kerala', 'Thiruvananthapuram', 'TRV'],
  '70': ['WB', 'West Bengal', 'Kolkata', 'CCU'],
  '71': ['WB', 'West Bengal', 'Howrah', 'HWH'],
  '72': ['WB', 'West Bengal', 'Kharagpur', 'KGP'],
  '73': ['WB', 'West Bengal', 'Siliguri', 'IXB'],
  '74': ['WB', 'West Bengal', 'Barasat', 'BST'],
  '75': ['OR', 'Odisha', 'Bhubaneswar', 'BBI'],
  '76': ['OR', 'Odisha', 'Berhampur', 'BPR'],
  '77': ['OR', 'Odisha', 'Rourkela', 'RRK'],
  '78': ['AS', 'Assam', 'Guwahati', 'GAU'],
  '79': ['NE', 'North East', 'Shillong', 'SHL'],
  '80': ['BR', 'Bihar', 'Patna', 'PAT'],
  '81': ['BR', 'Bihar', 'Bhagalpur', 'BGP'],
  '82': ['JH', 'Jharkhand', 'Dhanbad', 'DBD'],
  '83': ['JH', 'Jharkhand', 'Ranchi', 'IXR'],
  '84': ['BR', 'Bihar', 'Muzaffarpur', 'MZF'],
  '85': ['BR', 'Bihar', 'Purnia', 'PRN'],
};

export interface Place {
  pin: string;
  stateCode: string;
  state: string;
  city: string;
  sortCode: string;
  /** The service centre's name, as scans and pin answers show it. */
  centre: string;
}

/** Where a PIN is; null when no such circle exists or Delhivery does not go there. */
export function placeOf(pin: string): Place | null {
  if (!/^[1-9]\d{5}$/.test(pin)) return null;
  const circle = circles[pin.slice(0, 2)];
  if (circle === undefined) return null;
  const [stateCode, state, city, hub] = circle;
  const centre = `${city}_${pin.slice(2, 4)}_D (${state})`;
  return { pin, stateCode, state, city, sortCode: `${hub}/${pin.slice(3)}`, centre };
}

export function samplePins(): string[] {
  return Object.keys(circles).map((prefix) => `${prefix}0001`);
}
