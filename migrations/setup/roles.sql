-- The six database roles. Roles belong to the whole cluster, so they are made here, before any
-- migration, and never inside one. Safe to run any number of times; passwords are set by the migrator.
--
--   waybill_owner     owns every object; migrations run as it; nobody logs in as it
--   waybill_server    the API's login: owns nothing, reads lookup tables, may only become the next two
--   waybill_member    a signed-in member of a merchant; jwt.claims.* say which
--   waybill_customer  a shopper who holds a public id
--   waybill_worker    the login of tasks, dispatcher and webhook intake: calls app_private functions
--   waybill_readonly  the login of DBAs and BI: reads everything in app_public
do $$
declare
  role_name text;
begin
  foreach role_name in array array[
    'waybill_owner', 'waybill_server', 'waybill_member',
    'waybill_customer', 'waybill_worker', 'waybill_readonly'
  ] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = role_name) then
      execute format('create role %I', role_name);
    end if;
  end loop;
end
$$;

alter role waybill_owner nologin noinherit;
alter role waybill_member nologin noinherit;
alter role waybill_customer nologin noinherit;
alter role waybill_server login noinherit;
alter role waybill_worker login noinherit;
alter role waybill_readonly login noinherit;

grant waybill_member, waybill_customer to waybill_server;
grant waybill_owner to current_user;

alter role waybill_owner set search_path to app_public, public;
alter role waybill_server set search_path to app_public, public;
alter role waybill_worker set search_path to app_public, public;
alter role waybill_readonly set search_path to app_public, public;

alter role waybill_server set statement_timeout to '10s';
alter role waybill_server set lock_timeout to '5s';
alter role waybill_server set idle_in_transaction_session_timeout to '10s';
alter role waybill_worker set statement_timeout to '60s';
alter role waybill_worker set lock_timeout to '10s';
alter role waybill_worker set idle_in_transaction_session_timeout to '30s';
alter role waybill_readonly set statement_timeout to '5min';
alter role waybill_readonly set idle_in_transaction_session_timeout to '1min';
alter role waybill_readonly set default_transaction_read_only to 'on';

-- All statements here are short. Before PostgreSQL 18 one that must scan a table of one row while scans are
-- disabled counts as so dear that it would be compiled first, for a tenth of a second each time.
alter role waybill_owner set jit to off;
alter role waybill_server set jit to off;
alter role waybill_worker set jit to off;

-- A transaction that stays open holds the dispatcher back. PostgreSQL 15 and 16 know no limit on the
-- whole transaction; there the idle limit above has to do.
do $$
begin
  if current_setting('server_version_num')::integer >= 170000 then
    execute $set$alter role waybill_server set transaction_timeout to '15s'$set$;
    execute $set$alter role waybill_worker set transaction_timeout to '90s'$set$;
    execute $set$alter role waybill_readonly set transaction_timeout to '10min'$set$;
  end if;
  execute format(
    'grant connect on database %I to waybill_owner, waybill_server, waybill_worker, waybill_readonly',
    current_database()
  );
  -- A DBA's psql finds the tables by their short names, whatever its login.
  execute format('alter database %I set search_path to app_public, public', current_database());
  execute format('grant create on database %I to waybill_owner', current_database());
end
$$;
