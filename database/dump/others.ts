/**
 * Queries of the schema dump: everything that is not a relation. As in relations.ts, each gives
 * (name, text) and takes $1, the schemas, and $2, whether partitions are wanted too.
 */

export const extensions = `
  select
    e.extname::text as name,
    format('create extension %I with schema %I;', e.extname, n.nspname) as text
  from pg_extension e
  join pg_namespace n on n.oid = e.extnamespace
  where e.extname <> 'plpgsql' and $1::text[] is not null and $2::boolean is not null`;

export const schemas = `
  select
    quote_ident(n.nspname) as name,
    format('create schema %I authorization %s;', n.nspname, n.nspowner::regrole) as text
  from pg_namespace n
  where n.nspname = any ($1::text[]) and $2::boolean is not null`;

export const types = `
  select
    format('%I.%I', n.nspname, t.typname) as name,
    case t.typtype
      when 'e' then format('create type %I.%I as enum (%s);', n.nspname, t.typname, (
        select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
        from pg_enum e where e.enumtypid = t.oid
      ))
      when 'd' then format('create domain %I.%I as %s', n.nspname, t.typname,
          format_type(t.typbasetype, t.typtypmod))
        || case when t.typnotnull then ' not null' else '' end
        || coalesce(' default ' || t.typdefault, '')
        || coalesce((
          select string_agg(
            format(E'\\n  constraint %I %s', c.conname, pg_get_constraintdef(c.oid)), ''
            order by c.conname
          )
          from pg_constraint c where c.contypid = t.oid and c.contype = 'c'
        ), '') || ';'
      when 'r' then format('create type %I.%I as range (subtype = %s);', n.nspname, t.typname, (
        select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid
      ))
      else format(E'create type %I.%I as (\\n%s\\n);', n.nspname, t.typname, (
        select string_agg(
          format('  %I %s', a.attname, format_type(a.atttypid, a.atttypmod)), E',\\n'
          order by a.attnum
        )
        from pg_attribute a
        where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
      ))
    end as text
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  where n.nspname = any ($1::text[])
    and $2::boolean is not null
    and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
    and not exists (
      select from pg_depend d
      where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
    )`;

export const functions = `
  select
    p.oid::regprocedure::text as name,
    case
      when p.prokind = 'a' then
        format('create aggregate %s returns %s;',
          p.oid::regprocedure, pg_get_function_result(p.oid))
      else rtrim(pg_get_functiondef(p.oid), E'\\n') || ';'
    end as text
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any ($1::text[])
    and $2::boolean is not null
    and not exists (
      select from pg_depend d
      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )`;

/** Who owns what and who may do what with it; $1 and $2 as everywhere. */
const access = `
  with objects as (
    select 'schema' as kind, quote_ident(n.nspname) as name, n.tableoid as class, n.oid as id,
      n.oid as schema, n.nspowner as owner,
      coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
    from pg_namespace n
    union all
    select case c.relkind when 'S' then 'sequence' else 'table' end,
      c.oid::regclass::text, c.tableoid, c.oid, c.relnamespace, c.relowner,
      coalesce(c.relacl,
        acldefault(case c.relkind when 'S' then 's'::"char" else 'r'::"char" end, c.relowner))
    from pg_class c
    where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and (not c.relispartition or $2::boolean)
    union all
    select 'column', format('%s.%I', a.attrelid::regclass, a.attname), c.tableoid, c.oid,
      c.relnamespace, c.relowner, a.attacl
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where a.attacl is not null and not a.attisdropped and (not c.relispartition or $2::boolean)
    union all
    select 'function', p.oid::regprocedure::text, p.tableoid, p.oid, p.pronamespace, p.proowner,
      coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc p
    union all
    select 'type', format_type(t.oid, null), t.tableoid, t.oid, t.typnamespace, t.typowner,
      coalesce(t.typacl, acldefault('T', t.typowner))
    from pg_type t
    left join pg_class c on c.oid = t.typrelid
    where t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c')
  ), ours as (
    select o.*, n.nspowner as schema_owner
    from objects o
    join pg_namespace n on n.oid = o.schema
    where n.nspname = any ($1::text[])
      and not exists (
        select from pg_depend d
        where d.classid = o.class and d.objid = o.id and d.deptype = 'e'
      )
  )`;

/** Only objects that do not belong to the owner of their schema: there should be none. */
export const owners = `
  ${access}
  select
    o.name,
    format('alter %s %s owner to %s;', o.kind, o.name, o.owner::regrole) as text
  from ours o
  where o.owner <> o.schema_owner and o.kind <> 'column'`;

/** One line for an object and a role. The owner's own rights go without saying. */
export const grants = `
  ${access}
  select
    format('%s %s %s', o.kind, o.name, g.grantee) as name,
    format('grant %s on %s %s to %s%s;', g.rights, o.kind, o.name, g.grantee, g.option) as text
  from ours o
  cross join lateral (
    select
      case when x.grantee = 0 then 'public' else x.grantee::regrole::text end as grantee,
      case when x.is_grantable then ' with grant option' else '' end as option,
      string_agg(lower(x.privilege_type), ', ' order by x.privilege_type) as rights
    from aclexplode(o.acl) x
    where x.grantee <> o.owner
    group by 1, 2
  ) g`;

export const defaultPrivileges = `
  select
    format('%s %s %s', d.defaclrole::regrole, n.nspname, d.defaclobjtype) as name,
    format('alter default privileges for role %s%s on %s: %s;',
      d.defaclrole::regrole,
      coalesce(' in schema ' || quote_ident(n.nspname), ''),
      case d.defaclobjtype
        when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
        when 'T' then 'types' when 'n' then 'schemas' else d.defaclobjtype::text
      end,
      coalesce((
        select string_agg(item::text, ' ' order by item::text collate "C")
        from unnest(d.defaclacl) item
      ), 'nothing')
    ) as text
  from pg_default_acl d
  left join pg_namespace n on n.oid = d.defaclnamespace
  where (n.oid is null or n.nspname = any ($1::text[])) and $2::boolean is not null`;

export const comments = `
  select
    format('%s %s', i.type, i.identity) as name,
    format('comment on %s %s is %L;',
      regexp_replace(i.type, '^table (?=column|constraint)', ''), i.identity, d.description
    ) as text
  from pg_description d
  cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  where $2::boolean is not null
    and exists (
      select from unnest($1::text[]) s(name)
      where i.identity = quote_ident(s.name)
        or starts_with(i.identity, quote_ident(s.name) || '.')
        or position(' on ' || quote_ident(s.name) || '.' in i.identity) > 0
    )`;
