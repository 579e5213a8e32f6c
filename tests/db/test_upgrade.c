/* A database of the released program becomes one of this program: the same
 * schema as a new one's, every row kept, and a job for whatever rested before. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/migrate.h"
#include "tests/kit/pg.h"

#define RELEASED "tests/data/released-schema.sql"

static char *conninfo;		/* the released program's database, upgraded */
static struct pg_session *session;
static struct arena *arena;
static char *said;		/* by the upgrade, or "CODE: DETAIL" */

/* ---- the tools ---------------------------------------------------------------- */

static const char *
released(void)
{
	static char text[1 << 19];
	FILE *file = fopen(RELEASED, "r");
	size_t len;

	cr_assert_not_null(file, RELEASED);
	len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	cr_assert(len > 0 && len < sizeof text - 1, RELEASED);
	text[len] = '\0';
	return text;
}

static void
script(const char *text)
{
	struct err err = { 0 };

	cr_assert(pg_session_script(session, text, &err), "%.200s: %s", text, err.detail);
}

static PGresult *
rows(struct pg_session *s, const char *query)
{
	PGresult *r = pg_session_call(s, query, NULL, (char[6]){ 0 }, NULL);

	cr_assert_not_null(r, "%s: %.200s", pg_session_message(s), query);
	return r;
}

/* The first value of a query. */
static const char *
value(const char *query)
{
	auto_result *r = rows(session, query);

	return PQntuples(r) > 0 ? arena_strdup(arena, PQgetvalue(r, 0, 0)) : "";
}

static void
hear(void *arg, const char *line)
{
	buf_printf(arg, "%s\n", line);
}

static char *
migrate(void)
{
	auto_buf heard = { 0 };
	struct err err;

	buf_init(&heard, 65536);
	if (!migrate_run(conninfo, MIGRATE_SUFFIX_FILE, hear, &heard, arena, &err)) {
		buf_reset(&heard);
		buf_printf(&heard, "%s: %s", err.code, err.detail);
	}
	return xstrdup(heard.data);
}

/* Every row as it was, to be looked for afterwards. */
static const char remember[] =
    "create schema before;"
    "create table before.row (name text, line jsonb);"
    "do $$ declare t regclass; begin"
    "    for t in select oid from pg_class where relnamespace = 'certwright'::regnamespace"
    "            and relkind in ('r', 'p') and not relispartition loop"
    "        execute format('insert into before.row select %L, to_jsonb(t) from %s t', t, t);"
    "    end loop;"
    "end $$";

/* The database is of the released program, and not upgraded. */
static void
take_released(void)
{
	arena = arena_new(64 << 20);
	conninfo = pg_kit_database();
	session = pg_session_open(conninfo, NULL);
	cr_assert_not_null(session);
	script("drop schema certwright cascade; drop extension if exists pg_trgm");
	script(released());
	script(remember);
}

static void
up(void)
{
	take_released();
	said = migrate();
}

static void
down(void)
{
	pg_session_close(session);
	pg_kit_drop(conninfo);
	arena_free(arena);
	free(said);
}

TestSuite(upgrade, .init = up, .fini = down, .timeout = 60);
TestSuite(upgrade_before, .init = take_released, .fini = down, .timeout = 60);

/* ---- the schema ------------------------------------------------------------------- */

#define RIGHTS(acl) \
	"(select string_agg(x.word, ' ' order by x.word collate \"C\")" \
	" from (select format('%s:%s', grantee::regrole, privilege_type) as word from aclexplode(" acl ")) x)"
#define OURS "= 'certwright'::regnamespace"
/* The daily partitions come and go. */
#define LASTING "c.relnamespace " OURS " and c.relname !~ '^attempt_[0-9]{8}'"

/* Everything that can differ, by a name of its own. */
static const char description[] =
    "select kind || ' ' || d.name as name, coalesce(text, '') as text from ("
    " select 'function' as kind, p.oid::regprocedure::text as name, concat_ws(E'\\n', pg_get_functiondef(p.oid),"
    "     obj_description(p.oid, 'pg_proc'), " RIGHTS("p.proacl") ") as text"
    "   from pg_proc p where pronamespace " OURS
    " union all select 'relation', relname, concat_ws(' ', relkind::text, relpersistence::text, reloptions::text,"
    "     obj_description(c.oid, 'pg_class'), case when relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,"
    "     pg_get_partkeydef(c.oid), pg_get_expr(relpartbound, c.oid), " RIGHTS("relacl") ")"
    "   from pg_class c where " LASTING
    " union all select 'column', relname || '.' || attname,"
    "     concat_ws(' ', n, type, required, default_text, kinds, words)"
    "   from (select relname, attname, row_number() over (partition by c.oid order by attnum) as n,"
    "           format_type(atttypid, atttypmod) as type, attnotnull as required,"
    "           pg_get_expr(adbin, adrelid) as default_text,"
    "           concat_ws(' ', attidentity, attgenerated, attstorage, attcollation::regcollation, attacl) as kinds,"
    "           col_description(c.oid, attnum) as words"
    "         from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0 and not attisdropped"
    "         left join pg_attrdef d on d.adrelid = c.oid and d.adnum = attnum where " LASTING ") c"
    " union all select 'index', relname, pg_get_indexdef(c.oid)"
    "   from pg_class c where relkind in ('i', 'I') and " LASTING
    " union all select 'constraint', relname || '.' || conname, concat_ws(' ', pg_get_constraintdef(o.oid), convalidated)"
    "   from pg_constraint o join pg_class c on c.oid = conrelid where " LASTING
    " union all select 'trigger', relname || '.' || tgname, concat_ws(' ', pg_get_triggerdef(t.oid), tgenabled)"
    "   from pg_trigger t join pg_class c on c.oid = tgrelid where not tgisinternal and " LASTING
    " union all select 'type', typname, concat_ws(' ', typtype, obj_description(t.oid, 'pg_type'),"
    "     (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid))"
    "   from pg_type t where typnamespace " OURS " and typname !~ '^_?attempt_[0-9]{8}'"
    " union all select 'sequence', c.relname, concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmax, seqcycle)"
    "   from pg_sequence s join pg_class c on c.oid = seqrelid where " LASTING
    " union all select 'schema', nspname, concat_ws(' ', obj_description(n.oid, 'pg_namespace'), " RIGHTS("nspacl") ")"
    "   from pg_namespace n where nspname = 'certwright'"
    " union all select 'extension', extname, extnamespace::regnamespace::text from pg_extension"
    " union all select 'migration', m.name, hash from certwright.schema_migration m"
    ") d (kind, name, text) order by (kind || ' ' || d.name) collate \"C\"";

/* The first object that is not the same in both. */
static const char *
difference(const PGresult *is, const PGresult *want)
{
	for (int i = 0; i < PQntuples(is) || i < PQntuples(want); i++) {
		if (i == PQntuples(is) || (i < PQntuples(want) && strcmp(pg_value(is, i, "name"), pg_value(want, i, "name")) > 0))
			return arena_printf(arena, "%s is missing", pg_value(want, i, "name"));
		if (i == PQntuples(want) || strcmp(pg_value(is, i, "name"), pg_value(want, i, "name")) < 0)
			return arena_printf(arena, "%s is too many", pg_value(is, i, "name"));
		if (strcmp(pg_value(is, i, "text"), pg_value(want, i, "text")) != 0)
			return arena_printf(arena, "%s is\n%s\nand not\n%s", pg_value(is, i, "name"),
			    pg_value(is, i, "text"), pg_value(want, i, "text"));
	}
	return NULL;
}

/* To the schema of a database that this program has made. */
static const char *
difference_to_new(void)
{
	char *other = pg_kit_database();
	struct pg_session *s = pg_session_open(other, NULL);
	auto_result *is = rows(session, description), *want = NULL;
	const char *found;

	cr_assert_not_null(s);
	want = rows(s, description);
	cr_assert_gt(PQntuples(want), 1000, "only %d objects are compared", PQntuples(want));
	found = difference(is, want);
	pg_session_close(s);
	pg_kit_drop(other);
	return found;
}

Test(upgrade_before, the_released_schema_is_another_one)
{
	struct err err;

	cr_assert_not(migrate_check(session, arena, &err));
	cr_assert_str_eq(err.code, "schema_old");
	cr_assert_not_null(difference_to_new());
}

Test(upgrade, the_schema_becomes_that_of_a_new_database)
{
	const char *found;
	struct err err = { 0 };

	cr_assert_not_null(strstr(said, "applied 0002_hostname_life.sql\n"), "%s", said);
	cr_assert(migrate_check(session, arena, &err), "%s: %s", err.code, err.detail);
	found = difference_to_new();
	cr_assert_null(found, "%s", found);
}

Test(upgrade, a_second_migration_does_nothing)
{
	char *again = migrate();

	cr_assert_str_eq(again, "nothing to do: the database is up to date\n");
	free(again);
}

/* A program refuses what it does not know: the released one knows one file. */
Test(upgrade, there_is_no_way_back)
{
	struct err err = { 0 };
	char *back;

	cr_assert_str_eq(value("select count(*) > 5 from certwright.schema_migration"
	    " where name ~ '^[0-9]' and name <> '0001_tables.sql'"), "t");
	script("insert into certwright.schema_migration (name, hash) values ('0999_later.sql', 'x')");
	cr_assert_not(migrate_check(session, arena, &err));
	cr_assert_str_eq(err.code, "schema_new");
	back = migrate();
	cr_assert_not_null(strstr(back, "schema_new: the database has the migration 0999_later.sql"), "%s", back);
	free(back);
}

/* ---- the rows ----------------------------------------------------------------------- */

/* What of `before.row` is not there any more, member by member.  A circuit is
 * closed (nobody would probe it) and a newer suffix list may lack an old rule. */
static const char lost[] =
    "do $$ declare b record; v_found boolean; begin"
    "    for b in select name, case when name = 'certwright.certificate_authority' then line - 'broken_since'"
    "            else line end as line"
    "            from before.row where name not in ('certwright.schema_migration', 'certwright.public_suffix') loop"
    "        execute format('select exists (select from %s t where to_jsonb(t) @> $1)', b.name)"
    "            into v_found using b.line;"
    "        if not v_found then raise '% has lost %', b.name, b.line; end if;"
    "    end loop;"
    "end $$";

Test(upgrade, every_row_is_there)
{
	static const char *const tables[] = { "zone", "custom_hostname", "certificate", "issuance", "challenge",
	    "ca_order", "certificate_authority", "webhook", "event", "delivery", "attempt", "hold", "setting",
	    "suspect", "daemon", "shard" };

	script(lost);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		const char *was = value(arena_printf(arena,
		    "select count(*) from before.row where name = 'certwright.%s'", tables[i]));

		cr_assert_str_neq(was, "0", "%s", tables[i]);
		cr_assert_str_eq(value(arena_printf(arena, "select count(*) from certwright.%s", tables[i])), was,
		    "%s", tables[i]);
	}
	cr_assert_str_eq(value("select count(*) from before.row where line ->> 'broken_since' is not null"), "1");
	cr_assert_str_eq(value("select count(*) from certwright.certificate_authority where broken_since is not null"), "0");
}

/* What this program looks at and the released one did not. */
static const struct { const char *flow, *subjects; } new_jobs[] = {
	{ "authority", "select id from certwright.certificate_authority" },
	{ "origin", "select id from certwright.zone where fallback_origin is not null" },
	{ "hostname", "select id from certwright.custom_hostname where status in ('active', 'active_redeploying')" },
	{ "certificate", "select id from certwright.certificate where status = 'active'" },
	{ "delivery", "select null::uuid where false" },
};

Test(upgrade, whatever_rested_and_is_looked_at_now_has_a_job)
{
	for (size_t i = 0; i < sizeof new_jobs / sizeof new_jobs[0]; i++) {
		const char *flow = new_jobs[i].flow;
		const char *wanted = arena_printf(arena, "(%s union select (line ->> 'subject')::uuid from before.row"
		    " where name = 'certwright.job' and line ->> 'flow' = '%s')", new_jobs[i].subjects, flow);

		cr_assert_str_eq(value(arena_printf(arena, "select string_agg(w::text, ' ') from %s w (id)"
		    " where not exists (select from certwright.job j where j.flow = '%s' and j.subject = w.id"
		    " and j.shard = certwright.shard_of(w.id))", wanted, flow)), "", "%s: no job", flow);
		cr_assert_str_eq(value(arena_printf(arena, "select string_agg(j.subject::text, ' ') from certwright.job j"
		    " where j.flow = '%s' and j.subject not in %s", flow, wanted)), "", "%s: too many jobs", flow);
		cr_assert_str_neq(value(arena_printf(arena, "select count(*) from certwright.job where flow = '%s'", flow)), "0");
	}
}

Test(upgrade, new_jobs_are_read_and_are_no_rush)
{
	cr_assert_str_eq(value("select string_agg(name, ' ' order by name) from certwright.due_origin(0,"
	    " array(select id::bigint from certwright.shard order by id), array_fill(null::text, array[64]),"
	    " array_fill(null::uuid, array[64]), 1000)"), "origin.blogs.com origin.saas.com");
	cr_assert_str_eq(value("select count(*) from certwright.job j where flow in ('hostname', 'certificate')"
	    " and (priority = 0 or run_at > certwright.clock_now() + interval '1 hour') and not exists"
	    " (select from before.row where name = 'certwright.job' and line ->> 'subject' = j.subject::text)"), "0");
}

Test(upgrade, lists_agree_with_the_rows)
{
	cr_assert_str_eq(value("select count(*) > 10 from certwright.listed_hostname"), "t");
	cr_assert_str_eq(value("select count(*) from (table certwright.listed_hostname"
	    " except select * from certwright.hostnames_to_list()) x"), "0");
	cr_assert_str_eq(value("select count(*) from (select * from certwright.hostnames_to_list()"
	    " except table certwright.listed_hostname) x"), "0");
	cr_assert_str_eq(value("with counted as (select zone_id, status, ssl_status, authority, wildcard, sum(change)::bigint"
	    "  from certwright.listed_count group by 1, 2, 3, 4, 5 having sum(change) <> 0),"
	    " listed as (select zone_id, status, ssl_status, authority, wildcard, count(*)"
	    "  from certwright.listed_hostname group by 1, 2, 3, 4, 5)"
	    " select count(*) from ((table counted except table listed) union all (table listed except table counted)) x"),
	    "0");
}

Test(upgrade, every_view_and_object_can_be_shown)
{
	script("do $$ declare v regclass; begin"
	    "    for v in select oid from pg_class where relnamespace " OURS " and relkind = 'v' loop"
	    "        execute format('select count(*) from (select * from %s) v', v);"
	    "    end loop;"
	    "end $$;"
	    "select certwright.get_custom_hostname(zone_id, id) from certwright.custom_hostname where removed_at is null;"
	    "select certwright.list_custom_hostnames(id, '{}'), certwright.get_fallback_origin(id) from certwright.zone");
	cr_assert_str_eq(value("select certwright.list_custom_hostnames(id, '{}') #>> '{result_info,total_count}'"
	    " = (select count(*)::text from certwright.custom_hostname h where h.zone_id = z.id and h.removed_at is null)"
	    " from certwright.zone z where name = 'shop'"), "t");
}
