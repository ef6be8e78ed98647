#define _GNU_SOURCE
#include "packet_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>

#define FRAMES 4096u
#define FRAME_BYTES 2048u
#define BLOCK_BYTES 65536u
#define TAG_BYTES 4u
#define SEND_BUFFER_BYTES (16 << 20) /* more than a device's ring holds, so that it is the ring that is full first */

/* An interface that has gone again meanwhile is none. */
static int fault(struct packet_socket *s, const char *doing)
{
	if (errno == ENODEV) {
		packet_close(s);
		return -1;
	}
	fprintf(stderr, "cannot %s of %s: %s\n", doing, s->interface, strerror(errno));
	packet_close(s);
	return -2;
}

static struct tpacket2_hdr *frame(const struct packet_socket *s, uint32_t number)
{
	return (struct tpacket2_hdr *)(s->ring + (uint64_t)(number % FRAMES) * FRAME_BYTES);
}

/* The kernel itself sends nothing on it: no address, so no IPv6 neighbours to look for. */
static void silence(const char *interface)
{
	char file[64];
	snprintf(file, sizeof file, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", interface);
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* a kernel without IPv6 */
	if (write(fd, "1", 1) != 1)
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
	close(fd);
}

/* One frame in is one frame out: none are put together on the way. */
static void take_frames_as_they_come(const struct packet_socket *s)
{
	struct ethtool_value off = {.cmd = ETHTOOL_SGRO};
	struct ifreq request = {.ifr_data = (char *)&off};
	memcpy(request.ifr_name, s->interface, sizeof request.ifr_name);
	ioctl(s->fd, SIOCETHTOOL, &request); /* a device that cannot be told does no such thing */
}

static int bring_up(const struct packet_socket *s)
{
	struct ifreq request = {0};
	memcpy(request.ifr_name, s->interface, sizeof request.ifr_name);
	if (ioctl(s->fd, SIOCGIFFLAGS, &request) != 0)
		return -1;
	request.ifr_flags |= IFF_UP;
	if (ioctl(s->fd, SIOCSIFFLAGS, &request) != 0)
		return -1;
	/* A socket that was bound while it was down has that as its error, which its first frame would meet. */
	int was;
	socklen_t bytes = sizeof was;
	return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &was, &bytes);
}

static int set(const struct packet_socket *s, int name, const void *value, socklen_t bytes)
{
	return setsockopt(s->fd, SOL_PACKET, name, value, bytes);
}

/* Returns 0, or -1 with errno. */
static int set_up_rings(const struct packet_socket *s)
{
	const int version = TPACKET_V2, on = 1, room = TAG_BYTES, send_bytes = SEND_BUFFER_BYTES;
	const struct tpacket_req ring = {
		.tp_block_size = BLOCK_BYTES, .tp_block_nr = FRAMES * FRAME_BYTES / BLOCK_BYTES, .tp_frame_size = FRAME_BYTES, .tp_frame_nr = FRAMES};
	if (set(s, PACKET_VERSION, &version, sizeof version) != 0 || set(s, PACKET_RESERVE, &room, sizeof room) != 0)
		return -1;
	if (set(s, PACKET_QDISC_BYPASS, &on, sizeof on) != 0 || set(s, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0)
		return -1;
	if (setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_bytes, sizeof send_bytes) != 0)
		return -1;
	return set(s, PACKET_RX_RING, &ring, sizeof ring);
}

/* From here on frames come in. Returns 0, or -1 with errno. */
static int bind_to(const struct packet_socket *s)
{
	const struct packet_mreq all = {.mr_ifindex = s->index, .mr_type = PACKET_MR_PROMISC};
	const struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = s->index};
	if (set(s, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0)
		return -1;
	return bind(s->fd, (const struct sockaddr *)&at, sizeof at);
}

int packet_open(struct packet_socket *s, const char *interface)
{
	*s = (struct packet_socket){.fd = -1};
	snprintf(s->interface, sizeof s->interface, "%s", interface);
	s->index = (int)if_nametoindex(interface);
	if (s->index == 0)
		return -1;
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return fault(s, "open a socket");
	if (set_up_rings(s) != 0)
		return fault(s, "make the rings");
	s->ring = mmap(NULL, (size_t)FRAMES * FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, 0);
	if (s->ring == MAP_FAILED) {
		s->ring = NULL;
		return fault(s, "map the ring");
	}
	silence(interface);
	take_frames_as_they_come(s);
	if (bind_to(s) != 0)
		return fault(s, "receive the frames");
	return bring_up(s) == 0 ? 0 : fault(s, "set the state");
}

void packet_close(struct packet_socket *s)
{
	if (s->ring)
		munmap(s->ring, (size_t)FRAMES * FRAME_BYTES);
	if (s->fd >= 0)
		close(s->fd);
	s->ring = NULL;
	s->fd = -1;
}

/* The kernel takes the outer VLAN tag out of a frame; there is room left to put it in again. */
static uint8_t *with_tag(uint8_t *data, const struct tpacket2_hdr *h)
{
	uint16_t tag[2] = {htons(h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : ETH_P_8021Q), htons(h->tp_vlan_tci)};
	memmove(data - TAG_BYTES, data, 2 * ETH_ALEN);
	memcpy(data - TAG_BYTES + 2 * ETH_ALEN, tag, sizeof tag);
	return data - TAG_BYTES;
}

static struct netvm_packet describe(struct tpacket2_hdr *h)
{
	struct netvm_packet p = {.data = (uint8_t *)h + h->tp_mac, .length = (uint16_t)h->tp_snaplen};
	if (h->tp_status & TP_STATUS_VLAN_VALID) {
		p.data = with_tag(p.data, h);
		p.length += TAG_BYTES;
	}
	return p;
}

uint32_t packet_receive(struct packet_socket *s, struct netvm_packet *packets, uint32_t n)
{
	uint32_t count = 0;
	while (count < n && s->received < FRAMES) {
		struct tpacket2_hdr *h = frame(s, s->next);
		if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		if (h->tp_len == h->tp_snaplen)
			packets[count++] = describe(h);
		else
			s->drops++;
		s->next++;
		s->received++;
	}
	return count;
}

void packet_release(struct packet_socket *s)
{
	for (; s->received > 0; s->received--)
		__atomic_store_n(&frame(s, s->next - s->received)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* The device's fault, which may pass, and not the frame's. */
static int may_be_taken_later(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENETDOWN || error == ENXIO;
}

uint32_t packet_send(const struct packet_socket *s, const struct netvm_packet *packets, uint32_t n, uint64_t *refused)
{
	struct mmsghdr messages[NETVM_NF_BURST];
	struct iovec parts[NETVM_NF_BURST];
	for (uint32_t i = 0; i < n; i++) {
		parts[i] = (struct iovec){.iov_base = packets[i].data, .iov_len = packets[i].length};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
	}
	int sent = n > 0 ? sendmmsg(s->fd, messages, n, MSG_DONTWAIT) : 0;
	if (sent >= 0)
		return (uint32_t)sent;
	if (may_be_taken_later(errno))
		return 0;
	++*refused; /* the first one: all behind it would wait for ever */
	return 1;
}

uint64_t packet_drops(struct packet_socket *s)
{
	struct tpacket_stats now; /* since it was last asked */
	socklen_t bytes = sizeof now;
	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &now, &bytes) == 0)
		s->drops += now.tp_drops;
	return s->drops;
}

void packet_wait(const struct packet_socket *s, int ms)
{
	struct pollfd ready = {.fd = s->fd, .events = POLLIN};
	poll(&ready, 1, ms);
}

int packet_there(const struct packet_socket *s)
{
	struct ifreq request = {0};
	memcpy(request.ifr_name, s->interface, sizeof request.ifr_name);
	return ioctl(s->fd, SIOCGIFINDEX, &request) == 0 && request.ifr_ifindex == s->index;
}

int packet_empty(const struct packet_socket *s)
{
	return !(__atomic_load_n(&frame(s, s->next)->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER);
}

int packet_up(const struct packet_socket *s)
{
	struct ifreq request = {0};
	memcpy(request.ifr_name, s->interface, sizeof request.ifr_name);
	return packet_there(s) && ioctl(s->fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) != 0;
}
