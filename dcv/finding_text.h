#ifndef DCV_FINDING_TEXT_H
#define DCV_FINDING_TEXT_H
/* What findings are made of; for dcv/finding*.c and whoever finds more. */
#include "dcv/finding.h"

/* The next one of the list, as if all were well; it has a purpose, a place and
 * what is expected there.  When the list is full, one that is not listed. */
struct finding *finding_add(struct findings *, const char *purpose, const char *where,
    const char *expected);
void finding_set(struct finding *, enum err_code);

/* One more text of what is there: printable ASCII, at most 200 octets. */
void finding_put(struct findings *, struct finding *, const char *text);
/* The same of many, sorted and each once: servers give records in any order,
 * and the same world must look the same twice.  When there are too many, the
 * last text says how many more. */
void finding_put_all(struct findings *, struct finding *, const char *const *texts, size_t count);

/* A TXT value, as base/dns.h writes it, that is the expected one between marks
 * of quotation; or with marks or blanks on any side. */
bool finding_is_quoted(const char *text, const char *value);
bool finding_is_wrapped(const char *text, const char *value);
/* A page's body is the value; white space at its end does not count. */
bool finding_body_is(const char *body, const char *value);
/* What is wrong with a page that is not as it should be; and what it is, where
 * values are its body and, if there was one, its Location. */
enum err_code finding_page_code(const struct answer *http);
void finding_put_page(struct findings *, struct finding *, const struct answer *http, enum err_code);

/* It is unknown: the error of an answer, and that there is little to do.
 * `name` is the one that was asked. */
void finding_fail(struct findings *, struct finding *, const struct err *, const char *name);

/* The reply in an answer, also that of a loop (dcv/look.h); NULL: unknown. */
const struct dns_reply *finding_reply(const struct answer *);
/* What the first CNAME of `name` points to; NULL: it has none. */
const char *finding_alias(const struct dns_reply *, const char *name);
/* Has the name a CNAME and something else besides? */
bool finding_is_mixed(const struct dns_reply *, const char *name);
/* The links of a chain from `name`, in their order. */
void finding_put_chain(struct findings *, struct finding *, const struct dns_reply *, const char *name);

/* finding_ownership and finding_routing for whatever purpose. */
struct finding *finding_txt(struct findings *, const char *purpose, const struct hostname *, const struct answer *txt);
struct finding *finding_route(struct findings *, const char *purpose, const struct hostname *,
    const struct answer *a, const struct answer *aaaa);

/* At whose DNS provider `name` is: its zone, if a negative answer tells. */
const char *finding_zone(const char *name, const struct dns_reply *);
/* "a, b or c"; "" for none or NULL. */
const char *finding_list(struct arena *, const char *const *words, const char *last);
#endif
