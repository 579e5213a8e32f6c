/* C twin of setting.sql, of delegation.sql as far as options are concerned, and
 * of maintain.sql as far as it is called before the loop runs (then by
 * cli/upkeep.c). */
#include "cli/prepare.h"

#include "cli/migrate.h"
#include "io/pg.h"

/* An option that is empty has no row. */
static bool
put(struct pg_session *session, const char *name, const char *value, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();
	char state[6];
	auto_result *result = NULL;

	pg_add_text(args, name);
	pg_add_text(args, value[0] != '\0' ? value : NULL);
	result = pg_session_call(session, "select certwright.put_setting($1, $2)", args, state, ret_err);
	return result != NULL;
}

/* The database knows which names are taken. */
static bool
check_domain(const struct conf *conf, struct pg_session *session, struct arena *a, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();
	char state[6];
	auto_result *result = NULL;

	pg_add_text(args, conf->dcv_domain[0] != '\0' ? conf->dcv_domain : NULL);
	result = pg_session_call(session, "select certwright.delegation_domain_fault($1)", args, state, ret_err);
	if (result == NULL)
		return false;
	if (PQgetisnull(result, 0, 0))
		return true;
	return err_set(ret_err, ERR_bad_option, arena_printf(a, "dcv_domain: %s", PQgetvalue(result, 0, 0)));
}

static bool
write_all(const struct conf *conf, struct pg_session *session, struct arena *a, struct err *ret_err)
{
	static const char *const names[] = { "ownership_txt_label", "ownership_user_agent",
		"branding_name", "http_port", "allow_plain_webhooks", "watch_every", "dcv_domain",
		"dcv_nameservers", "dcv_update_server" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!put(session, names[i], conf_text(conf, a, names[i]), ret_err))
			return false;
	return true;
}

static bool
maintain(const struct conf *conf, struct pg_session *session, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();
	char state[6];
	auto_result *result = NULL;

	pg_add_int(args, conf->history_for);
	result = pg_session_call(session, "select certwright.maintain($1)", args, state, ret_err);
	return result != NULL;
}

bool
prepare_database(const struct conf *conf, struct arena *a, struct err *ret_err)
{
	struct pg_session *session = pg_session_open(conf->database, ret_err);
	bool ok;

	if (session == NULL)
		return false;
	ok = migrate_check(session, a, ret_err) && check_domain(conf, session, a, ret_err) &&
	    write_all(conf, session, a, ret_err) && maintain(conf, session, ret_err);
	if (!ok)
		ret_err->detail = arena_strdup(a, ret_err->detail);
	pg_session_close(session);
	return ok;
}
