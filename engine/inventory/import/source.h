// Addresses from where operators already keep them, read for a merge into an inventory: `ip -j
// addr`, cPanel's /etc/ips, Prometheus service discovery, another inventory.
//
// Threading: pure functions, but for import_inventory(), which reads its file.
// Ownership: return what they read.
// Units:     lines and columns from 1; a column counts bytes.
// Errors:    kInput with "NAME:LINE:COLUMN: what, and the mend" (of a JSON document's shape: the
//            element); also when nothing is left to import: an empty group would read as success.
// Cost:      24 bytes a target; at most kTargetsMax of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"
#include "engine/inventory/text/whole_file.h"

namespace rollcall::inventory {

struct ImportedTarget {
  Address address;
  Port port;  // 0: the source names none
  std::optional<Expect> expect;
};

struct ImportedGroup {
  std::string name;
  std::vector<ImportedTarget> targets;  // in any order, and perhaps repeated
  std::string parent;                   // "": the source says none
  std::string note;
};

struct Imported {
  std::vector<ImportedGroup> groups;
  std::vector<std::string> remarks;  // what was taken or left out, and why, for people
};

// Global unicast addresses of the chosen interfaces; of all when none is named.
Result<Imported> import_ip_addr(const WholeFile& file, std::string_view group,
                                const std::vector<std::string>& interfaces);

// Lines address:netmask:broadcast. `main` is the server's own address, which that file lacks.
Result<Imported> import_etc_ips(const WholeFile& file, std::string_view group,
                                const std::optional<Address>& main);

struct FileSdRequest {
  std::string group;        // "": every group that the label names
  std::string group_label;  // "": all targets are of `group`
};
Result<Imported> import_file_sd(const WholeFile& file, const FileSdRequest& request);

// An inventory of any form. A source that names no group at all is all of `group`; else only that
// group is taken, or every one when `group` is "".
Result<Imported> import_inventory(const std::string& path, const std::string& group);

// Removes addresses from every group; an error when a group is then empty.
Result<void> exclude(Imported& imported, const std::vector<AddressRange>& ranges);

}  // namespace rollcall::inventory
