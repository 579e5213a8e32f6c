/* io/tls against a server with an ECDSA and an RSA certificate. */
#include <criterion/criterion.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tls.h"
#include "io/watch.h"
#include "tests/net/servers.h"

TestSuite(tls, .timeout = 30);

struct outcome {
	struct loop *loop;
	char code[32];
	int key;	/* EVP_PKEY_EC, EVP_PKEY_RSA, 0 */
};

static void
on_leaf(void *arg, const unsigned char *leaf, size_t len, const struct err *err)
{
	struct outcome *o = arg;

	cr_assert((leaf == NULL) != (err == NULL));
	if (err != NULL) {
		snprintf(o->code, sizeof(o->code), "%s", err->code);
	} else {
		X509 *cert = d2i_X509(NULL, &leaf, (long)len);

		cr_assert_not_null(cert);
		o->key = EVP_PKEY_get_base_id(X509_get0_pubkey(cert));
		X509_free(cert);
	}
	loop_stop(o->loop);
}

static struct outcome
probe(struct loop *loop, unsigned port, const char *name, enum tls_key key)
{
	struct outcome o = { .loop = loop };
	char address[32];

	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	tls_probe(loop, address, name, key, 1000, on_leaf, &o);
	cr_assert_str_empty(o.code, "told inside of the call");
	loop_run(loop);
	return o;
}

Test(tls, each_kind_of_key_gets_its_certificate)
{
	struct loop *loop = loop_new();
	struct fake_tls *f = fake_tls_new(loop, "shop.test");

	cr_expect_eq(probe(loop, fake_tls_port(f), "shop.test", TLS_ECDSA).key, EVP_PKEY_EC);
	cr_expect_str_eq(fake_tls_server_name(f), "shop.test");
	cr_expect_eq(probe(loop, fake_tls_port(f), "other.test", TLS_RSA).key, EVP_PKEY_RSA);
	cr_expect_str_eq(fake_tls_server_name(f), "other.test");
	fake_tls_free(f);
	loop_free(loop);
}

Test(tls, a_dead_port_is_unreachable)
{
	struct loop *loop = loop_new();
	struct outcome o = probe(loop, dead_port(), "shop.test", TLS_ECDSA);

	cr_expect_str_eq(o.code, "http_unreachable", "%s", o.code);
	loop_free(loop);
}

Test(tls, an_address_that_is_none_is_unreachable)
{
	struct loop *loop = loop_new();
	struct outcome o = { .loop = loop };

	tls_probe(loop, "shop.test:443", "shop.test", TLS_RSA, 1000, on_leaf, &o);
	loop_run(loop);
	cr_expect_str_eq(o.code, "http_unreachable", "%s", o.code);
	loop_free(loop);
}

Test(tls, a_server_that_says_nothing_is_a_timeout)
{
	struct loop *loop = loop_new();
	unsigned port = 0;
	int fd = server_socket(SOCK_STREAM, &port);	/* the kernel accepts, nobody reads */
	struct outcome o = probe(loop, port, "shop.test", TLS_ECDSA);

	cr_expect_str_eq(o.code, "http_timeout", "%s", o.code);
	close(fd);
	loop_free(loop);
}

struct shouter {
	struct watch *watch;
	int fd;
};

static void
on_shout(void *arg, bool readable, bool writable)
{
	struct shouter *s = arg;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)readable, (void)writable;
	if (fd >= 0) {
		send(fd, "220 mail.test ready\r\n", 21, MSG_NOSIGNAL);
		close(fd);
	}
}

Test(tls, a_server_that_speaks_no_tls_is_a_tls_error)
{
	struct loop *loop = loop_new();
	unsigned port = 0;
	struct shouter s = { .fd = server_socket(SOCK_STREAM, &port) };
	struct outcome o;

	s.watch = watch_new(loop, s.fd, on_shout, &s);
	watch_for(s.watch, true, false);
	o = probe(loop, port, "shop.test", TLS_ECDSA);
	cr_expect_str_eq(o.code, "http_tls", "%s", o.code);
	watch_free(s.watch);
	close(s.fd);
	loop_free(loop);
}
