#ifndef BENCH_DNS_RESPONDER_H
#define BENCH_DNS_RESPONDER_H
/* Queries a second of one core that the authoritative name server answers by
 * UDP, its rate limit being so many (0: none; 1,000,000: looked up each time). */
double bench_dns_responder(unsigned responses_per_second);
#endif
