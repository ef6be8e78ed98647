#include "nfs.h"

#include <stdlib.h>
#include <string.h>

#include "../abi/wait.h"
#include "../gen/frame.h"
#include "handshake.h"
#include "rules.h"

#define FRAMES 1024u
#define STRIDE 2112u
#define LENGTH 60u
#define IPV6_LENGTH 84u

extern const struct netvm_nf nf_bridge, nf_dpi, nf_firewall, nf_forward, nf_loadbalancer, nf_monitor, nf_nat, nf_ratelimit, nf_router,
	nf_steer, nf_synthetic, nf_tcpproxy;

const struct netvm_nf *bench_nf(const struct setup *s)
{
	static const struct netvm_nf *const all[] = {&nf_bridge,  &nf_dpi, &nf_firewall,  &nf_forward, &nf_loadbalancer,
						     &nf_monitor, &nf_nat, &nf_ratelimit, &nf_router,  &nf_steer, &nf_synthetic, &nf_tcpproxy};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (strcmp(all[i]->name, s->nf) == 0)
			return all[i];
	}
	return NULL;
}

static uint16_t length_of(const struct setup *s)
{
	return s->packets == SETUP_IPV6 ? IPV6_LENGTH : LENGTH;
}

/* As they come from the wire: NFs rewrite them. */
static void write_frames(const struct setup *s, uint8_t *frames)
{
	struct frame_layout layout = frame_layout_of(s->packets == SETUP_IPV6 ? 6 : 4, NULL, 0);
	struct frame_template template = frame_template_of(&layout, length_of(s));
	struct frame_payload payload = {0};
	for (uint32_t i = 0; i < FRAMES; i++) {
		if (s->packets == SETUP_SPLICED) {
			handshake_data(frames + i * STRIDE, i);
			continue;
		}
		struct frame_flow flow = frame_flow_of(&layout, i);
		frame_write(&layout, &template, &flow, &payload, frames + i * STRIDE);
	}
}

double bench_nf_run(const struct netvm_nf *nf, const struct setup *s, uint32_t rounds, uint64_t *checksum)
{
	static uint8_t *frames;
	struct netvm_packet packets[NETVM_NF_BURST];
	uint64_t cycles = 0;
	uint32_t passes = rounds / 50 + 1;
	if (!frames)
		frames = aligned_alloc(64, FRAMES * STRIDE);
	for (uint32_t i = 0; i < passes; i++) {
		write_frames(s, frames);
		for (uint32_t first = 0; first < FRAMES; first += NETVM_NF_BURST) {
			uint64_t start = netvm_tsc();
			for (uint32_t k = 0; k < NETVM_NF_BURST; k++)
				packets[k] = (struct netvm_packet){.data = frames + (first + k) * STRIDE, .length = length_of(s)};
			nf->process(packets, NETVM_NF_BURST);
			cycles += netvm_tsc() - start;
			*checksum += packets[0].action + frames[first * STRIDE + 22];
		}
	}
	return (double)cycles / (double)(passes * FRAMES);
}

static struct classifier classifier;

int bench_rules_start(char *error, uint32_t error_bytes)
{
	return classify_build(&classifier, bench_rules(), BENCH_RULES, error, error_bytes);
}

double bench_rules_run(uint32_t rounds, uint64_t *checksum)
{
	uint32_t lookups = rounds * 10, x = 1;
	uint64_t start = netvm_tsc();
	for (uint32_t i = 0; i < lookups; i++) {
		x = x * 1664525u + 1013904223u;
		struct netvm_flow flow = {.src.low = 0xc6000000u | x >> 8,
					  .dst.low = 0xc6130000u | (x >> 4 & 0xff),
					  .src_port = 1024,
					  .dst_port = (uint16_t)(x >> 16),
					  .protocol = NETVM_UDP,
					  .version = 4};
		*checksum += (uint64_t)classify_find(&classifier, &flow) + 1;
	}
	return (double)(netvm_tsc() - start) / lookups;
}
