#ifndef TESTS_DB_SQL_H
#define TESTS_DB_SQL_H
/*
 * The schema as its users see it: one session on a database of the test's own,
 * statements with text parameters.  Everything that is returned lives until
 * the end of the test.
 */
#include "io/pg.h"

void sql_up(void);	/* .init of a suite */
void sql_down(void);	/* .fini */

/* First column of the first row, "" for null or no row.  Fails the test when
 * the database refuses. */
#define sql_value(...) sql_value_of(__VA_ARGS__, NULL)
const char *sql_value_of(const char *sql, ...) __attribute__((sentinel));
#define sql_number(...) strtol(sql_value(__VA_ARGS__), NULL, 10)
#define sql_do(...) ((void)sql_value(__VA_ARGS__))

/* The SQLSTATE with which the database refuses; fails the test when it does
 * not.  Then message, DETAIL and HINT of that refusal. */
#define sql_refusal(...) sql_refusal_of(__VA_ARGS__, NULL)
const char *sql_refusal_of(const char *sql, ...) __attribute__((sentinel));
/* The value, or NULL when the database refuses; then ret_state says why. */
#define sql_try(...) sql_try_of(__VA_ARGS__, NULL)
const char *sql_try_of(char ret_state[6], const char *sql, ...) __attribute__((sentinel));
const char *sql_message(void);
const char *sql_detail(void);
const char *sql_hint(void);

/* A whole file below tests/data. */
const char *sql_file(const char *name);

/* A zone with these settings; a hostname from this body; their ids. */
const char *sql_zone(const char *settings);
const char *sql_hostname(const char *zone, const char *body);
/* The pack of a hostname. */
const char *sql_pack(const char *hostname);
#endif
