#ifndef DCV_TSIG_KEY_H
#define DCV_TSIG_KEY_H
/*
 * A TSIG key (RFC 8945) as the tools of name servers write it.  Pure.
 *
 *	key "name" { algorithm hmac-sha256; secret "BASE64"; };		tsig-keygen
 *	# hmac-sha256:name:BASE64					keymgr -t
 *	key:
 *	  - id: name
 *	    algorithm: hmac-sha256
 *	    secret: BASE64
 *	hmac-sha256:name:BASE64						knsupdate -y, kdig -y
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/secret.h"

struct tsig_key {
	char	     *name;		/* canonical */
	const char   *algorithm;	/* "hmac-sha1", "-sha224", "-sha256", "-sha384", "-sha512" */
	struct secret secret;
};

/* One key, and nothing else but comments.  False: bad_option; the detail,
 * which is a constant, never quotes the text. */
bool tsig_key_read(const char *text, size_t len, struct tsig_key *ret, struct err *);
void tsig_key_free(struct tsig_key *);	/* cleanses; safe on a zeroed struct */
#define auto_tsig_key __attribute__((cleanup(tsig_key_free))) struct tsig_key
#endif
