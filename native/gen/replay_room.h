/* Where in a recorded frame there is room for our 18 bytes. */
#ifndef NETVM_GEN_REPLAY_ROOM_H
#define NETVM_GEN_REPLAY_ROOM_H

#include "replay.h"

/*
 * Looks for room at the end of a TCP or UDP payload: an unfragmented IPv4 or IPv6 packet (under up to two VLAN tags) that ends
 * with the frame, and has 18 bytes and more beyond its headers. Sets tag_at, checksum_at and sum where there is. length:
 * without CRC; nothing beyond it is read.
 */
void replay_find_room(const uint8_t *frame, uint32_t length, struct replay_frame *f);

#endif
