#include "mappings.h"

/* An IPv4 address, port and class lie in 51 bits side by side; one of IPv6 is turned over them, its network on top. */
static uint32_t *set_of(struct nat_table *t, enum nat_class c, struct netvm_address inside, uint16_t inside_port)
{
	uint64_t key = (inside.low << 19 | inside.low >> 45) ^ ((uint64_t)inside_port << 3 | c);
	key = (key ^ inside.high * 0xff51afd7ed558ccdull) * 0x9e3779b97f4a7c15ull;
	return t->index[(key ^ key >> 32) * 0xc2b2ae3d27d4eb4full >> 48];
}

static void give_port(struct nat_free *f, uint16_t port)
{
	f->ports[(f->head + f->count) % NAT_PORTS] = port;
	f->count++;
}

void nat_open(struct nat_table *t, uint32_t port_low, uint32_t port_high, const struct nat_timeouts *timeouts, uint64_t seed)
{
	t->port_low = port_low;
	t->port_high = port_high;
	t->hand = port_low;
	t->open_s = (uint32_t)timeouts->tcp_open_s;
	t->idle_s[NAT_TCP] = t->idle_s[NAT_TCP6] = (uint32_t)timeouts->tcp_opening_s;
	t->idle_s[NAT_UDP] = t->idle_s[NAT_UDP6] = (uint32_t)timeouts->udp_s;
	t->idle_s[NAT_ICMP] = t->idle_s[NAT_ICMP6] = (uint32_t)timeouts->icmp_s;
	for (int c = 0; c < NAT_CLASSES; c++) {
		struct nat_free *f = &t->free[c];
		for (uint32_t port = port_low; port <= port_high; port++)
			give_port(f, (uint16_t)port);
		for (uint32_t i = f->count; i > 1; i--) { /* Fisher-Yates over xorshift64 */
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			uint32_t k = (uint32_t)(seed % i);
			uint16_t port = f->ports[i - 1];
			f->ports[i - 1] = f->ports[k];
			f->ports[k] = port;
		}
	}
}

/* Out of line, as `make` is: what most packets need stays short. */
static __attribute__((noinline)) void give_back(struct nat_table *t, enum nat_class c, uint16_t port)
{
	struct nat_mapping *m = &t->mappings[c][port];
	uint32_t *set = set_of(t, c, m->inside, m->inside_port);
	for (uint32_t i = 0; i < NAT_WAYS; i++) {
		if (set[i] == ((uint32_t)c << 16 | port) + 1)
			set[i] = 0;
	}
	m->state = NAT_FREE;
	t->expired++;
	t->used--;
	give_port(&t->free[c], port);
}

static __attribute__((noinline)) int make(struct nat_table *t, enum nat_class c, struct netvm_address inside, uint16_t inside_port, uint32_t *place,
					  uint32_t now_s)
{
	struct nat_free *f = &t->free[c];
	if (!place || f->count == 0)
		return -1;
	uint16_t port = f->ports[f->head];
	f->head = (f->head + 1) % NAT_PORTS;
	f->count--;
	*place = ((uint32_t)c << 16 | port) + 1;
	struct nat_mapping *m = &t->mappings[c][port];
	*m = (struct nat_mapping){.inside = inside, .inside_port = inside_port, .state = NAT_OPENING};
	nat_refresh(t, c, m, now_s);
	t->used++;
	return port;
}

int nat_port_of(struct nat_table *t, enum nat_class c, struct netvm_address inside, uint16_t inside_port, uint32_t now_s)
{
	uint32_t *set = set_of(t, c, inside, inside_port), *place = 0; /* the first that is free: the next look-up finds it there at once */
	for (uint32_t i = 0; i < NAT_WAYS; i++) {
		if (set[i] != 0) {
			enum nat_class of = (enum nat_class)((set[i] - 1) >> 16);
			uint16_t port = (uint16_t)(set[i] - 1);
			const struct nat_mapping *m = &t->mappings[of][port];
			if (m->expires_s > now_s) {
				if (of == c && netvm_address_equal(&m->inside, &inside) && m->inside_port == inside_port)
					return port;
				continue;
			}
			give_back(t, of, port);
		}
		place = place ? place : &set[i];
	}
	return make(t, c, inside, inside_port, place, now_s);
}

static void sweep_class(struct nat_table *t, enum nat_class c, uint32_t now_s)
{
	uint32_t port = t->hand;
	for (uint32_t i = 0; i < NAT_SWEEP; i++) {
		const struct nat_mapping *m = &t->mappings[c][port];
		if (m->state != NAT_FREE && m->expires_s <= now_s)
			give_back(t, c, (uint16_t)port);
		port = port == t->port_high ? t->port_low : port + 1;
	}
}

void nat_sweep(struct nat_table *t, uint32_t now_s)
{
	uint32_t ports = t->port_high - t->port_low + 1;
	for (int c = 0; c < NAT_CLASSES; c++) {
		if (t->free[c].count < ports)
			sweep_class(t, (enum nat_class)c, now_s);
	}
	t->hand = t->port_low + (t->hand - t->port_low + NAT_SWEEP) % ports;
}
