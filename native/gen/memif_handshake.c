#include "memif_handshake.h"

#include <string.h>
#include <sys/socket.h>

#include "memif_region.h"

static const char server_name[] = "netvm-gen";

static void memif_send(struct memif_server *s, struct memif_message m)
{
	send(s->client, &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT); /* where the client is gone, the next poll says so */
}

void memif_send_hello(struct memif_server *s)
{
	struct memif_message m = {.type = MEMIF_HELLO};
	m.hello = (struct memif_hello){
		.min_version = MEMIF_VERSION,
		.max_version = MEMIF_VERSION,
		.max_region = MEMIF_REGIONS_MAX - 1,
		.max_s2c_ring = MEMIF_QUEUES_MAX - 1,
		.max_c2s_ring = MEMIF_QUEUES_MAX - 1,
		.max_log2_ring_size = MEMIF_LOG2_RING_MAX,
	};
	memcpy(m.hello.name, server_name, sizeof server_name);
	memif_send(s, m);
}

static const char *take_init(struct memif_server *s, const struct memif_init *m)
{
	if (m->version != MEMIF_VERSION)
		return "memif version 2.0 is expected";
	if (m->mode != MEMIF_MODE_ETHERNET)
		return "mode ethernet is expected";
	if (m->id != 0)
		return "interface id 0 is expected";
	s->initialised = 1;
	memif_send(s, (struct memif_message){.type = MEMIF_ACK});
	return NULL;
}

static const char *take_region(struct memif_server *s, const struct memif_add_region *m, int fd)
{
	if (fd < 0)
		return "a region comes with a file";
	if (m->index != s->link.regions || m->index >= MEMIF_REGIONS_MAX)
		return "regions come in order of their index, 64 at most";
	const char *fault = memif_map(&s->link.region[m->index], m->size, fd);
	if (fault)
		return fault;
	s->link.regions++;
	memif_send(s, (struct memif_message){.type = MEMIF_ACK});
	return NULL;
}

static const char *take_ring(struct memif_server *s, const struct memif_add_ring *m)
{
	struct memif_ring_request *rings = m->flags & MEMIF_RING_C2S ? s->c2s : s->s2c;
	if (m->index >= MEMIF_QUEUES_MAX || rings[m->index].present)
		return "a ring's index is out of range or taken";
	if (m->log2_ring_size < 1 || m->log2_ring_size > MEMIF_LOG2_RING_MAX)
		return "a ring has 2 to 16384 descriptors";
	if (m->private_header_size != 0)
		return "no private header is expected";
	rings[m->index] = (struct memif_ring_request){1, *m};
	memif_send(s, (struct memif_message){.type = MEMIF_ACK});
	return NULL;
}

static const char *place_rings(struct memif_link *link, const struct memif_ring_request *asked, struct memif_ring_place *place,
			       int polled)
{
	for (uint32_t i = 0; i < MEMIF_QUEUES_MAX; i++) {
		const struct memif_add_ring *a = &asked[i].ring;
		place[i] = (struct memif_ring_place){0};
		if (!asked[i].present)
			continue;
		uint64_t bytes = sizeof(struct memif_ring) + (sizeof(struct memif_desc) << a->log2_ring_size);
		if (a->region >= link->regions || a->offset % 64 != 0 || a->offset + bytes > link->region[a->region].bytes)
			return "a ring is outside of its region or not at a cache line";
		struct memif_ring *ring = (struct memif_ring *)(link->region[a->region].base + a->offset);
		if (ring->cookie != MEMIF_COOKIE)
			return "a ring lacks its cookie";
		__atomic_store_n(&ring->head, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&ring->tail, 0, __ATOMIC_RELAXED);
		if (polled)
			ring->flags = MEMIF_RING_MASK_INTERRUPT;
		place[i] = (struct memif_ring_place){ring, (uint16_t)(1u << a->log2_ring_size)};
	}
	return NULL;
}

static const char *take_connect(struct memif_server *s)
{
	const char *fault = place_rings(&s->link, s->c2s, s->link.c2s, 1);
	if (!fault)
		fault = place_rings(&s->link, s->s2c, s->link.s2c, 0);
	if (!fault && (!s->link.c2s[0].ring || !s->link.s2c[0].ring))
		fault = "a ring of each direction is expected";
	if (fault)
		return fault;
	memif_send(s, (struct memif_message){.type = MEMIF_CONNECTED});
	if (++s->connections == 0)
		s->connections = 1;
	atomic_store(&s->live, s->connections);
	return NULL;
}

const char *memif_obey(struct memif_server *s, const struct memif_message *m, int file)
{
	if (!s->initialised && m->type != MEMIF_INIT)
		return "init is expected first";
	if (s->link.c2s[0].ring)
		return "connected already: only disconnect is expected";
	switch (m->type) {
	case MEMIF_INIT: return take_init(s, &m->init);
	case MEMIF_ADD_REGION: return take_region(s, &m->add_region, file);
	case MEMIF_ADD_RING: return take_ring(s, &m->add_ring);
	case MEMIF_CONNECT: return take_connect(s);
	case MEMIF_ACK: return NULL;
	default: return "no such message";
	}
}
