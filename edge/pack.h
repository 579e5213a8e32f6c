#ifndef EDGE_PACK_H
#define EDGE_PACK_H
/*
 * A pack as the edge gets it: names that cannot lead out of the directory, PEM
 * texts, keys in clear.  Made from a question by edge/pack.c; all the
 * other files of edge/ work on this.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "scheduler/edge_question.h"

enum pack_kind { PACK_ECDSA, PACK_RSA, PACK_KINDS };
enum { PACK_LINKS = 2 };	/* by-name/<hostname>, by-name/_wildcard.<hostname> */

struct pack_pair {
	const char	    *chain;	/* PEM, leaf first; NULL: the pack has none of this kind */
	struct secret	     key;	/* PKCS#8 PEM */
	const unsigned char *leaf;	/* DER */
	size_t		     leaf_len;
};

struct pack {
	const char *certificate_id;	/* a uuid in lower case */
	uint64_t    version;
	const char *folder;		/* <certificate_id>-<version> */
	const char *hostname;		/* canonical */
	bool	    wildcard;		/* *.hostname as well */
	const char *links[PACK_LINKS];	/* names in by-name/; the second one only means something if wildcard */
	struct pack_pair pairs[PACK_KINDS];
};

struct seal;
/* The names alone, for removing.  edge_bad_pack: a name that is not canonical,
 * an id that is no uuid, a version that is no number. */
bool pack_name(struct pack *ret, struct arena *, const struct edge_question *, struct err *);
/* Names, chains and keys; checks that each key belongs to its leaf.  Caller
 * frees.  edge_bad_pack, seal_broken. */
bool pack_open(struct pack *ret, struct arena *, const struct seal *, const struct edge_question *, struct err *);
void pack_free(struct pack *);		/* cleanses the keys; the rest is the arena's */
/* Take "<certificate_id>-<version>" apart; false if it is not this certificate's. */
bool pack_folder_version(const struct pack *, const char *folder, uint64_t *ret);
#endif
