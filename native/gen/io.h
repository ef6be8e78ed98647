/*
 * The generator's end of the wire. Outbound: reserve buffers, write each frame whole, commit. Inbound: peek at frames where they lie, release.
 * Behind it is either our own end of the virtual wire, whose buffers are the device's (memif_ring.h), or an emulated NIC with virtual
 * functions on it (eswitch.h), or any DPDK port (io_port.h). Which one is asked once a burst, the plain wire first.
 *
 * Each direction of a queue is used by one thread at a time.
 */
#ifndef NETVM_GEN_IO_H
#define NETVM_GEN_IO_H

#include "eswitch.h"
#include "io_port.h"
#include "memif_ring.h"

#define IO_BURST 64u
#define IO_BUFFER_BYTES MEMIF_BUFFER_BYTES /* of each reserved buffer, whatever old bytes it holds */

struct io {
	struct memif_server *memif; /* NULL: one of the others */
	struct eswitch *eswitch;    /* NULL: a port */
	struct io_port *port;
};

/* The plain wire comes first, and straight on: what is besides it costs it nothing. */
static inline int io_is_plain(const struct io *io)
{
	return __builtin_expect(io->memif != NULL, 1);
}

/* Listens at `socket` for the device. Returns 0, or -1 with a sentence on stderr. */
static inline int io_open_wire(struct io *io, const char *socket)
{
	io->memif = memif_server_open(socket);
	return io->memif ? 0 : -1;
}

/* Listens for so many virtual functions (1 to NETVM_VFS_MAX), at `wire`.vf0 and so on. Returns 0, or -1 with a sentence on stderr. */
static inline int io_open_vfs(struct io *io, const char *wire, uint32_t vfs)
{
	io->eswitch = eswitch_open(wire, vfs);
	return io->eswitch ? 0 : -1;
}

/* Starts DPDK's port 0. Returns 0, or -1 with a sentence on stderr. */
static inline int io_open_port(struct io *io)
{
	io->port = io_port_open(0);
	return io->port ? 0 : -1;
}

static inline void io_close(struct io *io)
{
	if (io->memif)
		memif_server_close(io->memif);
	else if (io->eswitch)
		eswitch_close(io->eswitch);
	else
		io_port_close(io->port);
}

static inline int io_link_up(const struct io *io)
{
	if (io->memif)
		return memif_link_up(io->memif);
	return io->eswitch ? eswitch_link_up(io->eswitch) : io_port_link_up(io->port);
}

/* Up to n buffers (at most IO_BURST) to write frames into. Returns how many. What is not committed is reserved again the next time. */
static inline uint32_t io_reserve(struct io *io, uint32_t queue, uint8_t **to, uint32_t n)
{
	if (io_is_plain(io))
		return memif_reserve(&io->memif->tx[queue], to, n);
	return io->eswitch ? eswitch_reserve(io->eswitch, to, n) : io_port_reserve(io->port, to, n);
}

/* Sends the first n of the reserved buffers, lengths in bytes without CRC. Returns how many were taken. */
static inline uint32_t io_commit(struct io *io, uint32_t queue, const uint16_t *lengths, uint32_t n)
{
	if (!io_is_plain(io))
		return io->eswitch ? eswitch_commit(io->eswitch, lengths, n) : io_port_commit(io->port, lengths, n);
	memif_commit(&io->memif->tx[queue], lengths, n);
	return n;
}

/* Up to n received frames (at most IO_BURST), to be read until io_release. Returns how many. */
static inline uint32_t io_peek(struct io *io, uint32_t queue, struct io_frame *frames, uint32_t n)
{
	if (io_is_plain(io))
		return memif_peek(&io->memif->rx[queue], frames, n);
	return io->eswitch ? eswitch_peek(io->eswitch, frames, n) : io_port_peek(io->port, frames, n);
}

/* Gives back all that was peeked at. */
static inline void io_release(struct io *io, uint32_t queue)
{
	if (io_is_plain(io))
		memif_release(&io->memif->rx[queue]);
	else if (io->eswitch)
		eswitch_release(io->eswitch);
	else
		io_port_release(io->port);
}

/* When frames last moved on a way that neither sender nor receiver sees; 0: there is none, or they never did. */
static inline uint64_t io_last_moved(const struct io *io)
{
	return io->eswitch ? io->eswitch->moved : 0;
}

/* Before a trial: lets what is on its way there arrive, and throws it away. */
static inline void io_settle(struct io *io, uint64_t quiet, uint64_t limit)
{
	if (io->eswitch)
		eswitch_settle(io->eswitch, quiet, limit);
}

/* Between trials: lets go of a queue, so that a device that has gone is forgotten. */
static inline void io_rest(struct io *io, uint32_t queue)
{
	if (io->eswitch)
		eswitch_rest(io->eswitch);
	if (!io->memif)
		return;
	memif_end_rest(&io->memif->tx[queue]);
	memif_end_rest(&io->memif->rx[queue]);
}

/* Whether the device has that queue, in both directions. Between trials. */
static inline int io_has_queue(struct io *io, uint32_t queue)
{
	if (io->eswitch)
		return queue == 0 && eswitch_has_queue(io->eswitch);
	if (!io->memif)
		return queue == 0;
	int has = memif_end_look(&io->memif->tx[queue]) && memif_end_look(&io->memif->rx[queue]);
	io_rest(io, queue);
	return has;
}

#endif
