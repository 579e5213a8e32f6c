#ifndef DCV_RECORD_TEXT_H
#define DCV_RECORD_TEXT_H
/* Pure: for dcv/finding_zone.c and dcv/finding_server.c.  Records of an answer
 * as a person writes them, "TXT value", in an order that does not depend on
 * the server's. */
#include "dcv/finding.h"

/* The records at exactly this name, sorted. */
const char **record_texts(struct arena *, const struct dns_reply *, const char *name, size_t *ret_count);
/* The same in one text, "TXT a; TXT b"; NULL: there is none. */
const char *record_seen(struct arena *, const struct dns_reply *, const char *name);

/* It is about something else than was thought: what was found is forgotten. */
void finding_change(struct finding *, enum err_code);
#endif
