#ifndef CLI_SQL_INSIDE_H
#define CLI_SQL_INSIDE_H
/* For cli/sql*.c only.  Statements are constant and give one JSON column; args
 * are taken over. */
#include "cli/sql.h"

PGresult *sql_rows(struct db *, const char *sql, struct pg_args *, struct err *);
json_t *sql_object(struct db *, const char *sql, struct pg_args *, struct err *);	/* no row: not_found */
json_t *sql_array(struct db *, const char *sql, struct pg_args *, struct err *);
/* Text parameters; second and third are left out when NULL. */
struct pg_args *sql_texts(const char *first, const char *second, const char *third);
#endif
