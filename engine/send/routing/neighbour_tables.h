// Whether the kernel's neighbour tables were full, and how large they may grow.
//
// A table that is full makes the kernel drop what it was to send on-link, and tell nobody: a raw
// socket sees success, a connect simply times out (net/core/neighbour.c, __neigh_create()). There
// is one table a family for the whole host, namespaces included.
//
// Threading: any.
// Ownership: a value.
// Units:     entries; times that an entry was refused since boot.
// Errors:    kSystem when the kernel cannot be asked.
// Cost:      one netlink dump.
#pragma once

#include <cstdint>

#include "engine/base/error.h"

namespace rollcall::send {

struct NeighbourTable {
  std::uint64_t refusals = 0;     // NDTA_STATS: ndts_table_fulls
  std::uint32_t entries_max = 0;  // NDTA_THRESH3: net.ipv4.neigh.default.gc_thresh3, or ipv6
};

struct NeighbourTables {
  NeighbourTable v4;
  NeighbourTable v6;
};

Result<NeighbourTables> read_neighbour_tables();

}  // namespace rollcall::send
