#ifndef KIT_ANSWER_H
#define KIT_ANSWER_H
/*
 * Answers of DNS questions for tests of what judges them, from a few lines of
 * text.  They are packed to octets and parsed by base/dns, as if they had come
 * from a resolver.
 */
#include "scheduler/step.h"

/*
 * Lines of zone file records without TTL and class ("shop.test. CNAME a.test.");
 * a SOA goes to the authority section.  A first line of its own may say
 * NXDOMAIN, `error CODE` (no reply), or `loop` (the reply and cname_loop).
 */
struct answer answer_of(struct arena *, const char *name, enum dns_type, const char *text);
#endif
