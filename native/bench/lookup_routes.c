/* IPv4 routes: the router's DIR-24-8, rte_lpm and rte_fib (DIR-24-8 too, of 2-byte entries as ours). */
#include <rte_fib.h>
#include <rte_lpm.h>
#include <stdio.h>

#include "../nfs/router/lpm.h"
#include "lookup.h"

#define NODES LPM_NODES /* tables of 256 behind the first 24 bits, for all */

static struct route {
	uint32_t address;
	uint8_t length;
	uint16_t value;
} routes[LOOKUP_ROUTES];

static uint32_t keys[LOOKUP_KEYS];          /* host order, as DPDK takes them */
static uint8_t key_bytes[LOOKUP_KEYS][4];   /* network order, as they are in packets */
static struct lpm ours;
static struct rte_lpm *dpdk_lpm;
static struct rte_fib *dpdk_fib;
static uint16_t of_ours[LOOKUP_BURST];
static uint32_t of_lpm[LOOKUP_BURST];
static uint64_t of_fib[LOOKUP_BURST];

static void find_ours(uint32_t first)
{
	for (uint32_t i = 0; i < LOOKUP_BURST; i++)
		of_ours[i] = lpm_find(&ours, key_bytes[first + i]);
}

static void find_lpm(uint32_t first)
{
	rte_lpm_lookup_bulk(dpdk_lpm, keys + first, of_lpm, LOOKUP_BURST);
}

static void find_fib(uint32_t first)
{
	rte_fib_lookup_bulk(dpdk_fib, keys + first, of_fib, LOOKUP_BURST);
}

static uint32_t value_of_ours(uint32_t i)
{
	return of_ours[i];
}

static uint32_t value_of_lpm(uint32_t i)
{
	return of_lpm[i] & RTE_LPM_LOOKUP_SUCCESS ? of_lpm[i] & 0xffffff : 0;
}

static uint32_t value_of_fib(uint32_t i)
{
	return (uint32_t)of_fib[i];
}

/* Mostly of 16 to 24 bits, one in twenty longer, as in the Internet's tables; shorter ones first. Half of the keys are in one of them, half anywhere. */
static void draw(uint32_t n)
{
	uint64_t state = 88172645463325252ull;
	uint32_t longer = n - n / 20;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t length = (uint8_t)(i < longer ? 16 + i * 9 / longer : 25 + (i - longer) * 8 / (n - longer));
		routes[i] = (struct route){lookup_random(&state) & ~0u << (32 - length), length, (uint16_t)(1 + i % 1000)};
	}
	for (uint32_t i = 0; i < LOOKUP_KEYS; i++) {
		const struct route *r = &routes[lookup_random(&state) % n];
		uint32_t any = lookup_random(&state);
		keys[i] = i % 2 ? any : r->address | (any & ~(~0u << (32 - r->length)));
		netvm_put32(key_bytes[i], keys[i]);
	}
}

static int add(const struct route *r)
{
	uint8_t bytes[4];
	netvm_put32(bytes, r->address);
	return lpm_add(&ours, bytes, r->length, r->value) == 0 && rte_lpm_add(dpdk_lpm, r->address, r->length, r->value) == 0 &&
	       rte_fib_add(dpdk_fib, r->address, r->length, r->value) == 0;
}

int lookup_routes_start(uint32_t n, char *error, uint32_t error_bytes)
{
	const struct rte_lpm_config of_lpm_config = {.max_rules = LOOKUP_ROUTES, .number_tbl8s = NODES};
	struct rte_fib_conf of_fib_config = {
		.type = RTE_FIB_DIR24_8, .max_routes = LOOKUP_ROUTES, .dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_2B, .num_tbl8 = NODES}};
	if (lpm_open(&ours, 3, error, error_bytes) != 0)
		return -1;
	dpdk_lpm = rte_lpm_create("lpm", SOCKET_ID_ANY, &of_lpm_config);
	dpdk_fib = rte_fib_create("fib", SOCKET_ID_ANY, &of_fib_config);
	if (!dpdk_lpm || !dpdk_fib) {
		snprintf(error, error_bytes, "no memory for DPDK's tables of routes");
		return -1;
	}
	draw(n);
	for (uint32_t i = 0; i < n; i++) {
		if (!add(&routes[i])) {
			snprintf(error, error_bytes, "route %u does not fit into all tables", i);
			return -1;
		}
	}
	return 0;
}

const struct lookup lookup_routes[] = {
	{"routes, router's lpm", find_ours, value_of_ours},
	{"routes, rte_lpm", find_lpm, value_of_lpm},
	{"routes, rte_fib", find_fib, value_of_fib},
	{0},
};
