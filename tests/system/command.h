#ifndef SYSTEM_COMMAND_H
#define SYSTEM_COMMAND_H
/* Runs the real program, which lies beside the folder of this test binary, and
 * makes databases for it on the lab's server. */
#include <stdbool.h>

struct ran {
	int   code;		/* exit status; 128 + signal */
	char *out, *err;	/* all of standard output and error */
};

/* Arguments end with NULL.  `database` is given as --database unless NULL.
 * Without an environment that holds options.  Ends the program after 60 s. */
struct ran run_certwright(const char *database, ...) __attribute__((sentinel));
/* Any other program, "kdig NAME TXT": blanks part its arguments. */
struct ran run_program(const char *command);
void ran_free(struct ran *);
#define auto_ran __attribute__((cleanup(ran_free))) struct ran

/* The path of the program; becoming it, without options of the environment. */
const char *command_program(void);
_Noreturn void command_exec(const char *const *argv);

/* A new empty database on the lab's server: its connection string, which
 * command_drop_database() frees when it drops it. */
char *command_make_database(void);
void command_drop_database(char *conninfo);
/* Runs a script; fails the test when it is refused. */
void command_sql(const char *conninfo, const char *script);
#endif
