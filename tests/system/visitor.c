/* See visitor.h. */
#include "tests/system/visitor.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"
#include "tests/system/daemon.h"

struct visitor {
	char	       *hostname;
	struct sockaddr_in edge;
	SSL_CTX	       *contexts[2];	/* ECDSA, RSA */
	pthread_t	thread;
	pthread_mutex_t mutex;		/* of what follows */
	struct visits	visits;
	bool		ends;
};

static SSL_CTX *
context(const char *algorithms)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	cr_assert_eq(SSL_CTX_set1_sigalgs_list(c, algorithms), 1);
	return c;
}

static int
connect_to(const struct sockaddr_in *at)
{
	struct timeval most = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
	if (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0)
		return fd;
	close(fd);
	return -1;
}

/* SHA-256 in hex of what is shown, if it is for this hostname. */
static bool
is_shown(const struct visitor *v, SSL *ssl, char ret[65])
{
	X509 *leaf = SSL_get1_peer_certificate(ssl);
	unsigned char hash[32];
	unsigned len = sizeof hash;
	bool ok = leaf != NULL && X509_check_host(leaf, v->hostname, 0, 0, NULL) == 1 &&
	    X509_digest(leaf, EVP_sha256(), hash, &len) == 1;

	for (unsigned i = 0; ok && i < len; i++)
		snprintf(ret + 2 * i, 3, "%02x", hash[i]);
	X509_free(leaf);
	return ok;
}

static bool
shake_hands(const struct visitor *v, int kind, char ret_hash[65])
{
	int fd = connect_to(&v->edge);
	SSL *ssl = SSL_new(v->contexts[kind]);
	bool ok;

	ERR_clear_error();
	SSL_set_fd(ssl, fd);
	SSL_set_tlsext_host_name(ssl, v->hostname);
	ok = fd >= 0 && SSL_connect(ssl) == 1 && is_shown(v, ssl, ret_hash);
	SSL_free(ssl);
	if (fd >= 0)
		close(fd);
	return ok;
}

static void
note(struct visitor *v, int kind, int tries, bool ok, const char *hash)
{
	struct visits *s = &v->visits;

	pthread_mutex_lock(&v->mutex);
	if (ok)
		memcpy(kind == 0 ? s->ecdsa : s->rsa, hash, sizeof s->rsa);
	s->count += ok;
	s->again += ok && tries > 1;
	if (!ok && s->failed++ == 0)
		snprintf(s->error, sizeof s->error, "%s handshake: %s", kind == 0 ? "ECDSA" : "RSA",
		    ERR_reason_error_string(ERR_peek_last_error()) != NULL ?
		    ERR_reason_error_string(ERR_peek_last_error()) : "no certificate for it");
	pthread_mutex_unlock(&v->mutex);
}

static bool
ends(struct visitor *v)
{
	bool is_end;

	pthread_mutex_lock(&v->mutex);
	is_end = v->ends;
	pthread_mutex_unlock(&v->mutex);
	return is_end;
}

static void *
visit(void *arg)
{
	struct visitor *v = arg;

	for (int kind = 0; !ends(v); kind = 1 - kind) {
		char hash[65] = "";
		int tries = 1;
		bool ok = shake_hands(v, kind, hash) || (tries++, shake_hands(v, kind, hash));

		note(v, kind, tries, ok, hash);
	}
	return NULL;
}

struct visitor *
visitor_start(const char *hostname)
{
	struct visitor *v = xcalloc(1, sizeof *v);
	const char *edge = lab("LAB_EDGE_TLS");

	v->hostname = xstrdup(hostname);
	v->edge = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)strtoul(strrchr(edge, ':') + 1, NULL, 10)) };
	v->contexts[0] = context("ECDSA+SHA256");
	v->contexts[1] = context("RSA-PSS+SHA256:RSA+SHA256");
	pthread_mutex_init(&v->mutex, NULL);
	cr_assert_eq(pthread_create(&v->thread, NULL, visit, v), 0);
	return v;
}

struct visits
visitor_told(struct visitor *v)
{
	struct visits visits;

	pthread_mutex_lock(&v->mutex);
	visits = v->visits;
	pthread_mutex_unlock(&v->mutex);
	return visits;
}

struct visits
visitor_stop(struct visitor *v)
{
	struct visits visits;

	pthread_mutex_lock(&v->mutex);
	v->ends = true;
	pthread_mutex_unlock(&v->mutex);
	pthread_join(v->thread, NULL);
	visits = v->visits;
	pthread_mutex_destroy(&v->mutex);
	SSL_CTX_free(v->contexts[0]);
	SSL_CTX_free(v->contexts[1]);
	free(v->hostname);
	free(v);
	return visits;
}
