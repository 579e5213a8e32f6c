#ifndef CLI_HELP_H
#define CLI_HELP_H
/* What the tables of commands and options say, for a person, for the manual
 * and for the documentation.  All go to standard output. */
#include "cli/command.h"

void help_all(void);
void help_group(const char *group);	/* "ca" */
bool help_has_group(const char *group);
void help_command(const struct command *);
void help_manual(void);			/* certwright.8, man(7) */
void help_options_markdown(void);
void help_commands_markdown(void);
#endif
