#ifndef SYSTEM_CLI_H
#define SYSTEM_CLI_H
/* What tests of the command line have in common: a database, a key file, and
 * what a command is to have said. */
#include "base/json.h"
#include "tests/system/command.h"

extern char *db;	/* connection string */
extern char key[];	/* path of the key file */

/* .init and .fini of a suite */
void take_empty(void);
void take_migrated(void);
void give_back(void);
void write_key(size_t len);	/* as many octets that only we may read */

/* One line on standard error with this part, this exit code, and no output. */
void assert_error(const struct ran *, int code, const char *part);
void assert_says(const struct ran *, const char *part);
json_t *json_of(const struct ran *);	/* auto_json */
#endif
