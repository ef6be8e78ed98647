#include "rules.h"

/* Rules of all shapes: hosts, networks of 8 to 28 bits, single ports and ranges. The numbers are xorshift's, the same each time. */
const struct match_rule *bench_rules(void)
{
	static struct match_rule rules[BENCH_RULES];
	uint64_t x = 88172645463325252ull;
	for (uint32_t i = 0; i < BENCH_RULES; i++) {
		uint32_t random[4];
		for (int k = 0; k < 4; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			random[k] = (uint32_t)(x >> 16);
		}
		uint8_t length = i % 3 == 0 ? 32 : (uint8_t)(8 + random[0] % 21);
		uint16_t port = (uint16_t)random[1];
		rules[i] = (struct match_rule){
			.src = {{0, 0xc6000000u | (random[2] & (~0u << (32 - length)) & 0xffffff)}, length, 4},
			.dst = {{0, 0xc6130000u | (random[3] & 0xff)}, 32, 4},
			.src_port_high = 65535,
			.dst_port_low = port,
			.dst_port_high = i % 2 ? port : 65535,
			.protocol = i % 4 ? NETVM_UDP : NETVM_TCP,
			.verdict = 1,
		};
	}
	return rules;
}
