#include "protocol/records/rights.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/protocol/records/councils.h"
#include "tests/support/builders.h"
#include "tests/support/twin_fold.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

bool may(Kind kind, OperationClass operation_class, Role role, bool own, bool shared, std::uint8_t field = 2) {
  return permitted({kOwner, static_cast<std::uint8_t>(kind), {}}, field, operation_class, {own ? kOwner : kOther, role}, shared);
}

constexpr std::uint8_t kFields[] = {0, 2, 16, kLighthouseField, 18, 255};

}  // namespace

TEST_CASE("rights: every cell of the write table is what the twin says, for known and unknown kinds and classes") {
  std::size_t cells = 0, permitted_cells = 0;
  for (unsigned kind = 0; kind < 256; ++kind) {
    for (unsigned operation_class = 0; operation_class < 256; ++operation_class) {
      for (Role role : kRoles) {
        for (bool own : {false, true}) {
          for (bool shared : {false, true}) {
            const auto what = static_cast<OperationClass>(operation_class);
            for (std::uint8_t field : kFields) {
              const bool is = may(static_cast<Kind>(kind), what, role, own, shared, field);
              const bool should = twin_permitted(static_cast<std::uint8_t>(kind), field, what, role, own, shared);
              if (is != should)
                FAIL_CHECK("kind " << kind << " field " << int{field} << " class " << operation_class << " role " << text_of(role)
                                   << " own " << own << " shared " << shared);
              ++cells;
              permitted_cells += is ? 1 : 0;
            }
          }
        }
      }
    }
  }
  MESSAGE(cells << " cells, of which " << permitted_cells << " are permitted");
  CHECK(cells == 256 * 256 * 4 * 2 * 2 * std::size(kFields));
  // Of a network's own record one role writes, 4 cells, and nobody erases it.
  // Of any other kind but announcements 3 roles × (3 classes × 4 + 3 × 3 + 4 × 2); of announcements 3 × 12 and 7 × 2 for one
  // role. Of every kind erase in 8 cells, since a coordinator erases anywhere, redact in 3 × 4, receipt in 4 × 2. The same for
  // every field, but that the lighthouse of an initiative is answered by one role instead of three, in 4 cells each.
  const std::size_t of_a_field = 254 * 3 * (12 + 9 + 8) + 3 * 12 + 7 * 2 + 3 * (12 + 6 + 8) + 4 + 255 * 8 + 256 * (12 + 8);
  CHECK(permitted_cells == std::size(kFields) * of_a_field - 2 * 4);
}

TEST_CASE("rights: the table in words") {
  using enum OperationClass;
  for (OperationClass any : {Write, Add, Take, Raise, Lower, Answer, Comment, Retract, Remove, Restore}) {
    CHECK_FALSE(may(Kind::Event, any, Role::Reader, true, true));
  }
  CHECK(may(Kind::Contact, Write, Role::Council, true, false));
  CHECK_FALSE(may(Kind::Contact, Write, Role::Council, false, false));
  CHECK_FALSE(may(Kind::Contact, Write, Role::Coordinator, false, false));  // a coordinator writes as a council
  CHECK(may(Kind::Event, Write, Role::Council, false, true));
  CHECK_FALSE(may(Kind::Event, Raise, Role::Council, false, true));   // only the owner shares,
  CHECK_FALSE(may(Kind::Event, Remove, Role::Council, false, true));  // and only the owner removes
  CHECK(may(Kind::Event, Answer, Role::Council, false, false));
  CHECK(may(Kind::Announcement, Write, Role::National, true, false));
  CHECK_FALSE(may(Kind::Announcement, Write, Role::Coordinator, true, false));
  CHECK_FALSE(may(Kind::Announcement, Write, Role::National, false, true));
  CHECK(may(Kind::Announcement, Answer, Role::Council, false, false));
  for (bool own : {false, true}) {
    CHECK(may(Kind::Initiative, Answer, Role::National, own, false, kLighthouseField));
    CHECK_FALSE(may(Kind::Initiative, Answer, Role::Council, own, true, kLighthouseField));
    CHECK_FALSE(may(Kind::Initiative, Answer, Role::Coordinator, own, true, kLighthouseField));
    CHECK(may(Kind::Event, Answer, Role::Council, own, false, kLighthouseField));  // the field of that number is another's
  }
  CHECK(may(Kind::Network, Write, Role::Coordinator, false, false));  // it is no council's own
  CHECK_FALSE(may(Kind::Network, Write, Role::Council, true, true));
  CHECK_FALSE(may(Kind::Network, Erase, Role::Coordinator, true, true));  // or it could never have a name again
}

TEST_CASE("rights: the field that has a row of its own is the lighthouse of initiatives") {
  const Field* field = find_field(*find_kind(Kind::Initiative), "lighthouse");
  REQUIRE(field != nullptr);
  CHECK(field->number == kLighthouseField);
  CHECK(field->field_class == FieldClass::Answers);
  std::set<std::pair<int, int>> named;
  for (const Right& right : rights()) {
    if (right.field != 0) named.insert({right.kind, right.field});
  }
  CHECK(named == std::set<std::pair<int, int>>{{3, 17}});  // a row more would part older nodes from newer ones
}

TEST_CASE("rights: every shareable kind has the flag that the rows speak of, and no other has one") {
  for (const KindInfo& kind : kinds()) {
    const Field* flag = find_field(kind, kSharedField);
    CHECK((flag != nullptr) == kind.shareable);
    if (flag != nullptr) CHECK((flag->field_class == FieldClass::Flag && flag->name == "shared"));
  }
}
