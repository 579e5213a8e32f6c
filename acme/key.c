/*
 * The performer that makes keys.  A piece of work owns everything that it
 * touches while it is on a thread: the job's arena belongs to the loop.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "acme/csr.h"
#include "acme/key.h"
#include "acme/openssl.h"
#include "acme/question.h"
#include "base/b64.h"
#include "io/work.h"

enum { RSA_BITS = 2048, WORK_BYTES = 256 * 1024 };

struct key_maker {
	struct loop	  *loop;
	const struct seal *seal;
	unsigned	   working;	/* pieces of work not come back */
	bool		   closed;
};

struct making {			/* one key on its way */
	struct key_maker  *maker;
	struct asked	  *asked;
	struct arena	  *arena;	/* of its own: names, CSR */
	const char	  *type;
	const char *const *names;
	const char	  *common_name;
	EVP_PKEY	  *key;
	unsigned char	  *csr;
	size_t		   csr_len;
	struct err	   err;
};

struct key_maker *
key_open(struct loop *loop, const struct seal *seal)
{
	struct key_maker *m = xcalloc(1, sizeof *m);

	m->loop = loop;
	m->seal = seal;
	return m;
}

void
key_close(struct key_maker *m)
{
	if (m == NULL)
		return;
	m->closed = true;
	if (m->working == 0)
		free(m);
}

/* On any thread: touches nothing but `arg`. */
static void
make_key_and_csr(void *arg)
{
	struct making *w = arg;

	w->key = strcmp(w->type, "p256") == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
	if (w->key == NULL)
		err_set(&w->err, ERR_internal, "the key could not be made");
	else
		csr_make(w->arena, w->key, w->names, w->common_name, &w->csr, &w->csr_len, &w->err);
}

static char *
sealed_key(struct arena *a, const struct seal *seal, const char *identity, EVP_PKEY *key)
{
	auto_pkcs8 *info = EVP_PKEY2PKCS8(key);
	unsigned char *der = NULL, *sealed;
	size_t sealed_len;
	int len;

	assert(info != NULL);
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	assert(len > 0);
	seal_lock(seal, a, identity, der, (size_t)len, &sealed, &sealed_len);
	OPENSSL_clear_free(der, (size_t)len);
	return b64_encode(a, sealed, sealed_len);
}

static void
making_answer(struct making *w)
{
	const struct key_question *q = w->asked->question->detail;
	struct arena *a = w->asked->arena;
	struct key_answer *answer;

	if (w->err.code != NULL) {
		w->err.detail = arena_strdup(a, w->err.detail);
		w->asked->answered(w->asked, (struct answer){ .err = w->err });
		return;
	}
	answer = arena_alloc(a, sizeof *answer);
	answer->sealed = sealed_key(a, w->maker->seal, q->identity, w->key);
	answer->csr = b64url_encode(a, w->csr, w->csr_len);
	w->asked->answered(w->asked, (struct answer){ .detail = answer });
}

static void
making_done(void *arg)
{
	struct making *w = arg;
	struct key_maker *m = w->maker;

	if (!m->closed)
		making_answer(w);
	EVP_PKEY_free(w->key);		/* cleanses */
	arena_free(w->arena);
	free(w);
	m->working--;
	if (m->closed && m->working == 0)
		free(m);
}

static const char *const *
copy_names(struct arena *a, const char *const *names)
{
	const char **copy;
	size_t count = 0;

	while (names[count] != NULL && count <= CSR_MAX_NAMES)
		count++;
	copy = arena_alloc(a, (count + 1) * sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(a, names[i]);
	return copy;
}

void
key_perform(void *context, struct asked *asked)
{
	const struct key_question *q = asked->question->detail;
	struct key_maker *m = context;
	bool is_rsa = strcmp(q->type, "rsa2048") == 0;
	struct making *w;

	if (!is_rsa && strcmp(q->type, "p256") != 0) {
		asked->answered(asked, (struct answer){
		    .err = err_new(ERR_key_question, "the key type is neither p256 nor rsa2048") });
		return;
	}
	w = xcalloc(1, sizeof *w);
	w->maker = m;
	w->asked = asked;
	w->arena = arena_new(WORK_BYTES);
	w->type = is_rsa ? "rsa2048" : "p256";
	w->names = copy_names(w->arena, q->names);
	w->common_name = arena_strdup(w->arena, q->common_name);
	m->working++;
	if (is_rsa) {
		work_start(m->loop, make_key_and_csr, making_done, w);
	} else {
		make_key_and_csr(w);
		making_done(w);
	}
}

void
key_make_account(struct arena *a, const struct seal *seal, const char *identity, char **ret_sealed)
{
	auto_pkey *key = EVP_EC_gen("P-256");

	assert(key != NULL);
	*ret_sealed = sealed_key(a, seal, identity, key);
}
