#ifndef TESTS_KIT_REPLY_H
#define TESTS_KIT_REPLY_H
/* DNS replies in wire form, from lines as a master file has them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply_text {
	int  rcode;
	bool authoritative;
	const char *const *answer;	/* "shop.test. 60 IN TXT \"value\""; ends with NULL; or NULL */
	const char *const *authority;
};

/* A reply to the question; the caller frees *ret_wire. */
size_t reply_wire(const char *name, unsigned type, uint16_t id, const struct reply_text *, unsigned char **ret_wire);
#endif
