#ifndef DCV_PUBLISH_WIRE_H
#define DCV_PUBLISH_WIRE_H
/*
 * Messages that change a zone (RFC 2136), signed with TSIG (RFC 8945), and
 * their replies.  Pure.
 */
#include <stdint.h>
#include "base/arena.h"
#include "dcv/publish_question.h"
#include "dcv/tsig_key.h"

enum { TSIG_MOST_MAC = 64, TSIG_FUDGE = 300 };

struct update {
	uint16_t id;
	unsigned char *wire;
	size_t	 len;
	unsigned char mac[TSIG_MOST_MAC];	/* the reply's signature covers it */
	size_t	 mac_len;
};

/* Adds and removes exactly these values at the name, all or none; nothing is
 * asked of what is there.  `now`: Unix seconds.  False: publish_refused: more
 * than PUBLISH_MOST_VALUES, a value that is empty, longer than 255 octets or
 * not printable ASCII without a backslash, or names that are none. */
bool update_build(struct arena *, const char *zone, const struct publish_ask *, const struct tsig_key *,
    uint16_t id, int64_t now, struct update *ret, struct err *);
/* Was it taken?  Errors, with the reason as detail: publish_refused ("NOTAUTH
 * (BADKEY)"; nobody has to sign a refusal), publish_signature (everything that
 * is no reply of somebody who has the key, and of now). */
bool update_check_reply(struct arena *, const struct update *, const struct tsig_key *,
    const unsigned char *wire, size_t len, int64_t now, struct err *);
#endif
