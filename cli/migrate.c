/*
 * Applying the embedded SQL files, and telling whether they were applied.
 *
 * What has been applied stands in certwright.schema_migration, one row a file
 * with the hash of its text; the public suffix list is a row there as well.
 */
#include "cli/migrate.h"

#include <string.h>

#include "cli/suffix.h"
#include "migrations/embedded.h"

struct migration_run {
	struct pg_session *session;
	const char	  *suffix_file;
	migrate_say	  *say;
	void		  *arg;
	struct arena	  *arena;
	bool		   did_something;
};

/* The lock belongs to the session, because the files are transactions of
 * their own; the key is "certwrig" in ASCII. */
static const char lock_sql[] = "select pg_advisory_lock(7162252793186675047)";

/* Looked for first, so that a role which may use the schema but not create it
 * can still find that there is nothing to do. */
static const char has_table_sql[] =
    "select to_regclass('certwright.schema_migration') is not null as found";

static const char table_sql[] =
    "create schema if not exists certwright;"
    "create table if not exists certwright.schema_migration ("
    "    name text primary key,"
    "    applied_at timestamptz not null default now(),"
    "    hash text not null);"
    "comment on table certwright.schema_migration is 'SQL files that were applied, written by certwright migrate';"
    "comment on column certwright.schema_migration.name is 'file, functions/file, or public_suffix_list';"
    "comment on column certwright.schema_migration.applied_at is 'when its present text was applied';"
    "comment on column certwright.schema_migration.hash is 'SHA-256 of that text'";

static const char applied_sql[] =
    "select name, hash from certwright.schema_migration order by name";

static const char note_sql[] =
    "insert into certwright.schema_migration (name, hash) values ($1, $2)"
    " on conflict (name) do update set hash = excluded.hash, applied_at = now()";

static const char forget_functions_sql[] =
    "delete from certwright.schema_migration where name like 'functions/%'";

static const char load_suffixes_sql[] =
    "with gone as (delete from certwright.public_suffix p where p.rule <> all ($1::text[]))"
    " insert into certwright.public_suffix (rule) select distinct unnest($1::text[])"
    " on conflict do nothing";

/* grant_roles() makes roles where that is allowed; what it could not do is
 * said here, and tried again with each migration. */
static const char missing_roles_sql[] =
    "select r.name from unnest('{certwright_daemon,certwright_app,certwright_reader,certwright_powerdns}'::text[]) r (name)"
    " where not exists (select from pg_roles p where p.rolname = r.name)";

static const char grant_sql[] = "select certwright.grant_roles()";

static void
say(struct migration_run *r, const char *line)
{
	r->did_something = true;
	if (r->say != NULL)
		r->say(r->arg, line);
}

/* One call whose rows do not matter. */
static bool
call(struct migration_run *r, const char *sql, struct pg_args *args, struct err *ret_err)
{
	char state[6];
	auto_result *result = pg_session_call(r->session, sql, args, state, ret_err);

	return result != NULL;
}

/* An error of the server, which names no file by itself. */
static bool
in_file(struct migration_run *r, const char *name, struct err *ret_err)
{
	if (ret_err != NULL)
		ret_err->detail = arena_printf(r->arena, "%s: %s", name,
		    ret_err->detail != NULL ? ret_err->detail : err_sentence(ret_err->code));
	return false;
}

static bool
note(struct migration_run *r, const char *name, const char *hash, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, name);
	pg_add_text(args, hash);
	return call(r, note_sql, args, ret_err);
}

/* ---- what is there already ------------------------------------------------- */

/* The hash that was applied under this name, or NULL. */
static const char *
applied_hash(const PGresult *applied, const char *name)
{
	for (int i = 0; i < PQntuples(applied); i++)
		if (strcmp(pg_value(applied, i, "name"), name) == 0)
			return pg_value(applied, i, "hash");
	return NULL;
}

static bool
is_known(const struct migration *list, const char *name)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->name, name) == 0)
			return true;
	return false;
}

static bool
is_numbered(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

/* A numbered file is history: the program must know each that was applied, by
 * the text that was applied. */
static bool
history_agrees(const PGresult *applied, struct arena *a, struct err *ret_err)
{
	for (int i = 0; i < PQntuples(applied); i++) {
		const char *name = pg_value(applied, i, "name");

		if (is_numbered(name) && !is_known(migrations_numbered, name))
			return err_set(ret_err, ERR_schema_new, arena_printf(a,
			    "the database has the migration %s, which this program does not know; "
			    "install the newer program", name));
	}
	for (const struct migration *m = migrations_numbered; m->name != NULL; m++) {
		const char *hash = applied_hash(applied, m->name);

		if (hash != NULL && strcmp(hash, m->hash) != 0)
			return err_set(ret_err, ERR_schema_changed, arena_printf(a,
			    "the migration %s was applied with another text than this program's", m->name));
	}
	return true;
}

static bool
functions_agree(const PGresult *applied)
{
	for (const struct migration *m = migrations_functions; m->name != NULL; m++) {
		const char *hash = applied_hash(applied, m->name);

		if (hash == NULL || strcmp(hash, m->hash) != 0)
			return false;
	}
	for (int i = 0; i < PQntuples(applied); i++) {
		const char *name = pg_value(applied, i, "name");

		if (strncmp(name, "functions/", 10) == 0 && !is_known(migrations_functions, name))
			return false;
	}
	return true;
}

bool
migrate_check(struct pg_session *session, struct arena *a, struct err *ret_err)
{
	char state[6];
	auto_result *table = pg_session_call(session, has_table_sql, NULL, state, ret_err);
	auto_result *applied = NULL;

	if (table == NULL)
		return false;
	if (strcmp(pg_value(table, 0, "found"), "t") != 0)
		return err_set(ret_err, ERR_schema_old,
		    "the database has no certwright schema yet; run certwright migrate");
	applied = pg_session_call(session, applied_sql, NULL, state, ret_err);
	if (applied == NULL || !history_agrees(applied, a, ret_err))
		return false;
	for (const struct migration *m = migrations_numbered; m->name != NULL; m++)
		if (applied_hash(applied, m->name) == NULL)
			return err_set(ret_err, ERR_schema_old, arena_printf(a,
			    "the database lacks the migration %s; run certwright migrate", m->name));
	if (!functions_agree(applied))
		return err_set(ret_err, ERR_schema_old,
		    "the database has other functions than this program's; run certwright migrate");
	return true;
}

/* ---- the files ------------------------------------------------------------- */

/* One file with its row in one transaction. */
static bool
apply_numbered(struct migration_run *r, const struct migration *m, struct err *ret_err)
{
	if (!pg_session_script(r->session, "begin", ret_err))
		return false;
	if (!pg_session_script(r->session, m->text, ret_err) ||
	    !note(r, m->name, m->hash, ret_err) ||
	    !pg_session_script(r->session, "commit", ret_err)) {
		(void)pg_session_script(r->session, "rollback", NULL);
		return in_file(r, m->name, ret_err);
	}
	say(r, arena_printf(r->arena, "applied %s", m->name));
	return true;
}

static bool
apply_each_function_file(struct migration_run *r, struct err *ret_err)
{
	/* files name each other's functions in both directions */
	if (!pg_session_script(r->session, "set local check_function_bodies = off", ret_err) ||
	    !call(r, forget_functions_sql, NULL, ret_err))
		return false;
	for (const struct migration *m = migrations_functions; m->name != NULL; m++)
		if (!pg_session_script(r->session, m->text, ret_err) ||
		    !note(r, m->name, m->hash, ret_err))
			return in_file(r, m->name, ret_err);
	return true;
}

static bool
apply_functions(struct migration_run *r, struct err *ret_err)
{
	size_t count = 0;

	for (const struct migration *m = migrations_functions; m->name != NULL; m++)
		count++;
	if (!pg_session_script(r->session, "begin", ret_err))
		return false;
	if (!apply_each_function_file(r, ret_err) ||
	    !pg_session_script(r->session, "commit", ret_err)) {
		(void)pg_session_script(r->session, "rollback", NULL);
		return false;
	}
	say(r, arena_printf(r->arena, "applied %zu function files", count));
	return true;
}

/* ---- roles and suffixes ---------------------------------------------------- */

static bool
has_row(const PGresult *result, const char *name)
{
	for (int i = 0; i < PQntuples(result); i++)
		if (strcmp(pg_value(result, i, "name"), name) == 0)
			return true;
	return false;
}

/* `before` are the roles that were missing before anything was done.  New
 * functions and views need rights as well. */
static bool
make_roles(struct migration_run *r, const PGresult *before, struct err *ret_err)
{
	char state[6];
	auto_result *after = NULL;

	if (PQntuples(before) == 0 && !r->did_something)
		return true;
	if (!call(r, grant_sql, NULL, ret_err))
		return false;
	after = pg_session_call(r->session, missing_roles_sql, NULL, state, ret_err);
	if (after == NULL)
		return false;
	for (int i = 0; i < PQntuples(before); i++) {
		const char *role = pg_value(before, i, "name");

		if (!has_row(after, role))
			say(r, arena_printf(r->arena, "made the role %s", role));
		else
			say(r, arena_printf(r->arena,
			    "could not make the role %s: ask an administrator for it and migrate again", role));
	}
	return true;
}

static bool
write_suffixes(struct migration_run *r, const struct suffix_list *list, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();

	pg_add_texts(args, list->rules, list->count);
	return call(r, load_suffixes_sql, args, ret_err) &&
	    note(r, "public_suffix_list", list->hash, ret_err);
}

static bool
load_suffixes(struct migration_run *r, const PGresult *applied, struct err *ret_err)
{
	struct suffix_list list;
	const char *before = applied_hash(applied, "public_suffix_list");
	struct err why;

	if (!suffix_read(r->suffix_file, r->arena, &list, &why)) {
		say(r, arena_printf(r->arena, "public suffix list not loaded: %s%s", why.detail,
		    before != NULL ? "; the one that was loaded before stays" : ""));
		return true;
	}
	if (before != NULL && strcmp(before, list.hash) == 0)
		return true;
	if (!pg_session_script(r->session, "begin", ret_err))
		return false;
	if (!write_suffixes(r, &list, ret_err) || !pg_session_script(r->session, "commit", ret_err)) {
		(void)pg_session_script(r->session, "rollback", NULL);
		return in_file(r, r->suffix_file, ret_err);
	}
	say(r, arena_printf(r->arena, "loaded %zu public suffix rules from %s", list.count, r->suffix_file));
	return true;
}

/* -------------------------------------------------------------------------- */

static bool
ensure_table(struct migration_run *r, struct err *ret_err)
{
	char state[6];
	auto_result *table = pg_session_call(r->session, has_table_sql, NULL, state, ret_err);

	if (table == NULL)
		return false;
	return strcmp(pg_value(table, 0, "found"), "t") == 0 ||
	    pg_session_script(r->session, table_sql, ret_err);
}

static bool
run_locked(struct migration_run *r, struct err *ret_err)
{
	char state[6];
	auto_result *applied = NULL;
	auto_result *missing_roles = NULL;
	bool changed = false;

	if (!call(r, lock_sql, NULL, ret_err) || !ensure_table(r, ret_err))
		return false;
	missing_roles = pg_session_call(r->session, missing_roles_sql, NULL, state, ret_err);
	if (missing_roles == NULL)
		return false;
	applied = pg_session_call(r->session, applied_sql, NULL, state, ret_err);
	if (applied == NULL || !history_agrees(applied, r->arena, ret_err))
		return false;
	for (const struct migration *m = migrations_numbered; m->name != NULL; m++) {
		if (applied_hash(applied, m->name) != NULL)
			continue;
		if (!apply_numbered(r, m, ret_err))
			return false;
		changed = true;
	}
	if (changed || !functions_agree(applied))
		if (!apply_functions(r, ret_err))
			return false;
	return make_roles(r, missing_roles, ret_err) && load_suffixes(r, applied, ret_err);
}

bool
migrate_run(const char *conninfo, const char *suffix_file, migrate_say *hear, void *arg,
    struct arena *a, struct err *ret_err)
{
	struct migration_run r = { .suffix_file = suffix_file, .say = hear, .arg = arg, .arena = a };
	bool ok;

	r.session = pg_session_open(conninfo, ret_err);
	if (r.session == NULL)
		return false;
	ok = run_locked(&r, ret_err);
	/* the session's messages go with it */
	if (!ok && ret_err != NULL)
		ret_err->detail = arena_strdup(a, ret_err->detail);
	pg_session_close(r.session);
	if (ok && !r.did_something)
		say(&r, "nothing to do: the database is up to date");
	return ok;
}
