// Imports addresses from other programs' files, to merge them into an inventory: `ip -j addr`,
// cPanel's /etc/ips, Prometheus service discovery, or another inventory.
//
// Threading: pure functions, but for import_inventory(), which reads its file.
// Units:     lines and columns from 1; a column counts bytes.
// Errors:    kInput with "NAME:LINE:COLUMN: cause, and the fix" (for the shape of a JSON document:
//            the element). Also when no target is left to import: an empty group would look like
//            success.
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
  std::vector<ImportedTarget> targets;  // in any order, perhaps with duplicates
  std::string parent;                   // "": the source names none
  std::string note;
};

struct Imported {
  std::vector<ImportedGroup> groups;
  std::vector<std::string> remarks;  // for people: which entries were taken or skipped, and why
};

// Global unicast addresses of the chosen interfaces, or of all interfaces if the list is empty.
Result<Imported> import_ip_addr(const WholeFile& file, std::string_view group,
                                const std::vector<std::string>& interfaces);

// Reads lines address:netmask:broadcast. `main` is the server's own address; the file lacks it.
Result<Imported> import_etc_ips(const WholeFile& file, std::string_view group,
                                const std::optional<Address>& main);

struct FileSdRequest {
  std::string group;        // "": every group that the label names
  std::string group_label;  // "": all targets belong to `group`
};
Result<Imported> import_file_sd(const WholeFile& file, const FileSdRequest& request);

// An inventory of any format. If the source names no group at all, all targets belong to `group`.
// Otherwise only that group is taken, or every group when `group` is "".
Result<Imported> import_inventory(const std::string& path, const std::string& group);

// Removes addresses from every group; an error when a group is then empty.
Result<void> exclude(Imported& imported, const std::vector<AddressRange>& ranges);

}  // namespace rollcall::inventory
