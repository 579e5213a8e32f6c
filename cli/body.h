#ifndef CLI_BODY_H
#define CLI_BODY_H
/*
 * Options of a command into the JSON that an SQL function takes.  What was not
 * given is no member, so that it stays as it is or takes its default; the
 * value "none" is null.  What a value may be, the database says; false is a
 * usage error.
 */
#include <jansson.h>
#include "cli/command.h"

void body_text(const struct call *, json_t *body, const char *flag, const char *member);
void body_list(const struct call *, json_t *body, const char *flag, const char *member);
/* `off` may be NULL: the command has no switch that turns it off. */
bool body_switch(const struct call *, json_t *body, const char *on, const char *off, const char *member,
    struct err *);
bool body_number(const struct call *, json_t *body, const char *flag, const char *member, struct err *);
/* An object: --metadata '{"plan":"gold"}'. */
bool body_object(const struct call *, json_t *body, const char *flag, const char *member, struct err *);
/* An edit that changes nothing is a mistake. */
bool body_is_given(const struct call *, const json_t *body, struct err *);
#endif
