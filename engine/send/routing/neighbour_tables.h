// Reads whether the kernel's neighbour tables were full, and their maximum size.
//
// When a table is full, the kernel drops packets that it was to send on-link, and reports no error:
// a raw socket sees success, a connect simply times out (net/core/neighbour.c, __neigh_create()).
// There is one table a family for the whole host, namespaces included.
//
// Threading: any.
// Units:     entries; refused entries since boot.
// Errors:    kSystem when the netlink request fails.
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
