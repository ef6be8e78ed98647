/* What every NF's test does. */
#ifndef NETVM_TESTS_NF_CHECK_H
#define NETVM_TESTS_NF_CHECK_H

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../bench/setups.h"
#include "corpus.h"

/* Of the address sanitizer, which every test is built with; gcc's comes without the header. */
size_t __sanitizer_get_current_allocated_bytes(void);

static int started, ever_started;

/* As a program does that ends it, or takes it out of its own thread. */
static inline void stop_nf(void)
{
	if (started && netvm_nf.stop)
		netvm_nf.stop();
	started = 0;
}

/* Starts the NF with its usual setup, or with options and a file of the test's own. */
static inline void start_with(const char *options, const char *file)
{
	char error[512] = "";
	const struct setup s = {.nf = netvm_nf.name, .options = options, .file = file};
	stop_nf();
	int result = setup_start(&netvm_nf, options ? &s : setup_of(netvm_nf.name), error, sizeof error);
	if (result != 0)
		fail_msg("%s", error);
	started = ever_started = 1;
}

/* Expects the start to be refused with a sentence that has `part` in it, and nothing to be left of it. */
static inline void refused_with(const char *options, const char *file, const char *part)
{
	char error[512] = "";
	const struct setup s = {.nf = netvm_nf.name, .options = options, .file = file};
	stop_nf();
	size_t before = __sanitizer_get_current_allocated_bytes();
	assert_int_equal(setup_start(&netvm_nf, &s, error, sizeof error), -1);
	assert_int_equal(__sanitizer_get_current_allocated_bytes(), before);
	if (!strstr(error, part))
		fail_msg("expected \"%s\" in: %s", part, error);
}

static inline uint8_t run(struct netvm_packet *p)
{
	p->action = NETVM_ACTION_NEXT;
	netvm_nf.process(p, 1);
	return p->action;
}

/*
 * Each packet of the corpus, cut at every length and with every byte of its headers changed, each in a buffer that ends
 * where it ends.
 */
static inline void survives_malformed_packets(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	start_with(NULL, NULL);
	for (size_t i = 0; i < CORPUS; i++) {
		uint32_t length = craft(frame, &corpus[i]);
		for (uint32_t cut = 1; cut <= length; cut++) {
			uint8_t *copy = malloc(cut);
			memcpy(copy, frame, cut);
			struct netvm_packet p = {.data = copy, .length = (uint16_t)cut};
			assert_true(run(&p) <= NETVM_ACTION_DROP);
			free(copy);
		}
		for (uint32_t at = 0; at < length && at < 120; at++) {
			static const uint8_t values[] = {0x00, 0x01, 0x0f, 0x4f, 0x60, 0x7f, 0xff};
			for (size_t v = 0; v < sizeof values; v++) {
				uint8_t *copy = malloc(length);
				memcpy(copy, frame, length);
				copy[at] = values[v];
				struct netvm_packet p = {.data = copy, .length = (uint16_t)length};
				run(&p);
				free(copy);
			}
		}
	}
}

/*
 * netvmd unloads an NF and goes on: each stop gives back what its start took, also after packets, and with options of all kinds. The first test of all, since
 * what an earlier start took and kept would be no news.
 */
static inline void gives_back_what_it_took(void **state)
{
	(void)state;
	char error[512];
	uint8_t frame[CRAFT_BYTES];
	assert_false(ever_started);
	size_t before = __sanitizer_get_current_allocated_bytes();
	for (int round = 0; round < 3; round++) {
		for (const struct setup *s = setups; s->nf; s++) {
			if (strcmp(s->nf, netvm_nf.name) != 0)
				continue;
			assert_int_equal(setup_start(&netvm_nf, s, error, sizeof error), 0);
			for (size_t i = 0; i < CORPUS; i++) {
				struct netvm_packet p = craft_packet(frame, &corpus[i]);
				run(&p);
			}
			if (netvm_nf.stop)
				netvm_nf.stop();
			assert_int_equal(__sanitizer_get_current_allocated_bytes(), before);
		}
	}
}

/* The generator's packets, 1024 flows, pass the usual setup. */
static inline void passes_ordinary_traffic(void **state)
{
	(void)state;
	start_with(NULL, NULL);
	for (uint16_t i = 0; i < 1024; i++) {
		uint8_t frame[CRAFT_BYTES];
		const struct crafted c = {.src_port = (uint16_t)(1024 + i), .dst_port = 9, .no_udp_checksum = 1};
		struct netvm_packet p = craft_packet(frame, &c);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_true(craft_sums_right(frame, p.length));
	}
}

#endif
