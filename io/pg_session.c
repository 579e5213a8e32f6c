/*
 * One blocking connection for the command line and migrations, and what both
 * kinds of connection share: which connection strings are taken, and how an
 * error becomes one line.
 */
#include "io/pg_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/log.h"

enum { DETAIL = 1024 };

struct pg_session {
	PGconn *conn;
	char	line[PG_LINE + 24];	/* what err->detail points to */
	char	message[DETAIL];
	char	detail[DETAIL];
	char	hint[DETAIL];
};

/* Copies at most up to the end of the line, whole UTF-8 characters only. */
void
pg_first_line(char out[PG_LINE], const char *message)
{
	size_t len = strcspn(message, "\r\n");

	if (len >= PG_LINE) {
		len = PG_LINE - 1;
		while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80)
			len--;
	}
	/* libpq's own texts may end with a blank. */
	while (len > 0 && message[len - 1] == ' ')
		len--;
	memmove(out, message, len);
	out[len] = '\0';
	if (len == 0)
		snprintf(out, PG_LINE, "the connection failed");
}

void
pg_error_line(char out[PG_LINE], const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	char line[2 * PG_LINE];

	if (primary == NULL)
		primary = PQresultErrorMessage(r);
	snprintf(line, sizeof(line), "%s: %s", state != NULL ? state : "XX000",
	    primary[0] != '\0' ? primary : PQresStatus(PQresultStatus(r)));
	pg_first_line(out, line);
}

void
pg_drop_notice(void *arg, const PGresult *r)
{
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	log_event(LOG_DEBUG, "database notice", "text", text, NULL);
}

/* "5432" or, for several hosts, "5432,5433"; none is fine. */
static bool
are_ports(const char *text)
{
	for (;;) {
		size_t len = strspn(text, "0123456789");

		if (len > 5 || (text[len] != ',' && text[len] != '\0'))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

/*
 * libpq quotes what it cannot use.  In a string that lacks some quoting that
 * may be a part of the password, so such strings do not get as far.
 */
const char *
pg_conninfo_problem(const char *conninfo)
{
	bool is_uri = strncmp(conninfo, "postgres", 8) == 0 && strstr(conninfo, "://") != NULL;
	PQconninfoOption *options;
	const char *problem = NULL;

	if (!is_uri && strchr(conninfo, '=') == NULL)
		return NULL;		/* the name of a database */
	options = PQconninfoParse(conninfo, NULL);
	if (options == NULL)
		return "the connection string cannot be read";
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "port") == 0 && !are_ports(o->val))
			problem = "the port in the connection string is not a number";
		if (strcmp(o->keyword, "host") == 0 && o->val[0] != '\0' &&
		    strchr(o->val + 1, '@') != NULL)
			problem = "the host in the connection string contains @";
		if (is_uri && strcmp(o->keyword, "dbname") == 0 && strchr(o->val, '@') != NULL)
			problem = "the database in the connection string contains @";
	}
	PQconninfoFree(options);
	return problem;
}

struct pg_session *
pg_session_open(const char *conninfo, struct err *err)
{
	const char *const keywords[] = { "connect_timeout", "dbname", "client_encoding",
	    "application_name", NULL };
	const char *const values[] = { "10", conninfo, "UTF8", "certwright", NULL };
	static char line[PG_LINE], detail[PG_LINE + 32];
	const char *problem = pg_conninfo_problem(conninfo);
	struct pg_session *s;

	if (problem != NULL) {
		err_set(err, ERR_database_down, problem);
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->conn = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(s->conn) != CONNECTION_OK) {
		pg_first_line(line, PQerrorMessage(s->conn));
		snprintf(detail, sizeof(detail), "could not connect: %s", line);
		err_set(err, ERR_database_down, detail);
		pg_session_close(s);
		return NULL;
	}
	PQsetNoticeReceiver(s->conn, pg_drop_notice, NULL);
	return s;
}

void
pg_session_close(struct pg_session *s)
{
	if (s == NULL)
		return;
	PQfinish(s->conn);
	free(s);
}

static void
session_copy(char out[DETAIL], const char *text)
{
	snprintf(out, DETAIL, "%s", text != NULL ? text : "");
}

/* 1-based line of the error in a script, 0 when unknown.  The server counts
 * characters, not octets. */
static unsigned
error_at_line(const PGresult *r, const char *sql)
{
	const char *position = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
	long left = position != NULL ? strtol(position, NULL, 10) : 0;
	unsigned line = 1;

	if (left <= 0)
		return 0;
	for (; *sql != '\0'; sql++) {
		if (((unsigned char)*sql & 0xc0) != 0x80 && --left <= 0)
			break;
		line += *sql == '\n';
	}
	return line;
}

/* `script`: name the line, since a script has many. */
static void
session_fail(struct pg_session *s, const PGresult *r, const char *script, char ret_sqlstate[6],
    struct err *err)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	unsigned at = script != NULL ? error_at_line(r, script) : 0;

	session_copy(s->message, primary != NULL ? primary : PQerrorMessage(s->conn));
	session_copy(s->detail, PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL));
	session_copy(s->hint, PQresultErrorField(r, PG_DIAG_MESSAGE_HINT));
	if (ret_sqlstate != NULL)
		snprintf(ret_sqlstate, 6, "%s", state != NULL ? state : "08006");
	if (PQstatus(s->conn) != CONNECTION_OK) {
		pg_first_line(s->line, PQerrorMessage(s->conn));
		err_set(err, ERR_database_down, s->line);
		return;
	}
	pg_error_line(s->line, r);
	if (at > 0) {
		size_t len = strlen(s->line);

		snprintf(s->line + len, sizeof(s->line) - len, " (line %u)", at);
	}
	err_set(err, ERR_database_refused, s->line);
}

PGresult *
pg_session_call(struct pg_session *s, const char *sql, struct pg_args *a, char ret_sqlstate[6],
    struct err *err)
{
	PGresult *r = PQexecParams(s->conn, sql, a != NULL ? (int)a->count : 0,
	    a != NULL ? a->types : NULL, a != NULL ? (const char *const *)a->values : NULL,
	    a != NULL ? a->lengths : NULL, a != NULL ? a->formats : NULL, 0);
	ExecStatusType status = PQresultStatus(r);

	pg_args_free(a);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return r;
	session_fail(s, r, NULL, ret_sqlstate, err);
	PQclear(r);
	return NULL;
}

const char *
pg_session_detail(const struct pg_session *s)
{
	return s->detail;
}

const char *
pg_session_hint(const struct pg_session *s)
{
	return s->hint;
}

const char *
pg_session_message(const struct pg_session *s)
{
	return s->message;
}

bool
pg_session_script(struct pg_session *s, const char *sql, struct err *err)
{
	auto_result *r = PQexec(s->conn, sql);
	ExecStatusType status = PQresultStatus(r);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY)
		return true;
	session_fail(s, r, sql, NULL, err);
	return false;
}
