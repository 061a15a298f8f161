#include "protocol/records/refusal.h"

#include <doctest/doctest.h>

#include "tests/protocol/records/councils.h"
#include "tests/support/builders.h"
#include "tests/support/sanitized.h"
#include "tests/support/twin_fold.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

RecordKey record(std::uint8_t kind) { return {kOwner, kind, numbered<Nonce>(1)}; }

Status check(const RecordKey& key, Operation operation, const Standing& own, const RecordState* state = nullptr) {
  return check_local({key, {std::move(operation)}}, own, state, standing_of);
}

// Which operations a field of a class takes, once more and in other words than the program's.
bool belongs(FieldClass field_class, OperationClass what) {
  constexpr FieldClass kFieldOf[] = {FieldClass::Register, FieldClass::Set,     FieldClass::Set,      FieldClass::Flag,
                                     FieldClass::Flag,     FieldClass::Answers, FieldClass::Comments, FieldClass::Comments};
  const auto number = static_cast<std::size_t>(what);
  return number >= 1 && number <= std::size(kFieldOf) && kFieldOf[number - 1] == field_class;
}

bool says(const Status& status, std::initializer_list<std::string_view> words) {
  if (status) return false;
  return std::all_of(words.begin(), words.end(),
                     [&](std::string_view word) { return status.error().text.find(word) != std::string::npos; });
}

}  // namespace

TEST_CASE(
    "refusal: every kind, field, operation, role and owner is written exactly where the twin permits and the field takes it") {
  std::size_t cells = 0, written = 0;
  for (unsigned kind = 0; kind < 256; kind += kind < 20 ? 1 : one_in(30)) {
    const KindInfo* info = find_kind(static_cast<Kind>(kind));
    for (unsigned field = 0; field < 20; ++field) {
      const Field* known = info != nullptr ? find_field(*info, static_cast<std::uint8_t>(field)) : nullptr;
      for (unsigned number = 0; number <= 20; ++number) {
        const auto what = static_cast<OperationClass>(number);
        for (Role role : kRoles) {
          for (int whose = 0; whose < 3; ++whose) {  // own, another's, another's that is shared
            RecordState state;
            state.ever_shared = whose == 2;
            const Standing own{whose == 0 ? kOwner : kOther, role};
            const Status status =
                check(record(static_cast<std::uint8_t>(kind)), {static_cast<std::uint8_t>(field), what}, own, &state);
            const bool permitted = twin_permitted(static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(field), what, role,
                                                  whose == 0, whose == 2);
            const bool whole = field == 0 && (what == Remove || what == Restore);
            const bool erasure = what == Erase || what == Redact || what == Receipt;  // of any kind, known or not
            const bool useful =
                erasure || (info != nullptr && (whole || (known != nullptr && belongs(known->field_class, what))));
            if (status.ok() != (permitted && useful))
              FAIL_CHECK("kind " << kind << " field " << field << " class " << number << " role " << text_of(role) << " whose "
                                 << whose);
            if (!status && info != nullptr && number >= 1 && number <= 10)
              CHECK((status.error().code == Code::NotAllowed) == !permitted);
            ++cells;
            written += status.ok() ? 1 : 0;
          }
        }
      }
    }
  }
  MESSAGE(cells << " cells, of which " << written << " are written");
  if (!kSanitized) CHECK(cells == 256 * 20 * 21 * 4 * 3);
  CHECK(written > 0);
}

TEST_CASE("refusal: the reason names the roles that may, and this node's own") {
  const auto contact = static_cast<std::uint8_t>(Kind::Contact), announcement = static_cast<std::uint8_t>(Kind::Announcement);
  CHECK(says(check(record(contact), {2, Write}, {kOwner, Role::Reader}),
             {"coordinator, council, national", "change contact", "in the role reader"}));
  CHECK(says(check(record(announcement), {2, Write}, {kOwner, Role::Council}),
             {"only a member in the role national", "announcement", "in the role council"}));
  CHECK(says(check(record(announcement), {7, Answer}, {kOwner, Role::Reader}), {"answer announcement", "in the role reader"}));
}

TEST_CASE("refusal: the reason names the council whose record it is, and whether sharing would help") {
  const auto event = static_cast<std::uint8_t>(Kind::Event);
  const Standing other{kOther, Role::Council};
  const std::string owner = "belongs to council 040G20";  // bytes 01 in base32
  CHECK(says(check(record(event), {2, Write}, other), {owner, "change", "never been shared"}));
  CHECK(says(check(record(event), {kSharedField, Raise}, other), {owner, "share"}));
  CHECK(says(check(record(event), {0, Remove}, other), {owner, "remove"}));
  CHECK_FALSE(says(check(record(event), {0, Remove}, other), {"shared"}));  // it would not help
  CHECK(says(check(record(event), {0, Restore}, other), {owner, "restore"}));
}

TEST_CASE("refusal: another council's comment is not taken back and its answer not replaced, one's own are") {
  RecordState state;
  state.key = record(static_cast<std::uint8_t>(Kind::Event));
  for (std::uint8_t number : {1, 2, 9}) {  // the owner's, another council's, a stranger's
    state.sources.push_back({numbered<EntryPrefix>(number), 0, {}, {}, {}, LogNumber{number}});
    const auto source = static_cast<std::uint32_t>(state.sources.size() - 1);
    state.live.push_back({source, 0, 15, Comment});
    state.live.push_back({source, 1, 14, Answer});
  }
  const Standing own{kOwner, Role::Council};
  CHECK(check(state.key, {15, Retract, {operation_id(1)}}, own, &state).ok());
  CHECK(
      says(check(state.key, {15, Retract, {operation_id(2)}}, own, &state), {"a comment on event", "belongs to council 081040"}));
  CHECK(says(check(state.key, {15, Retract, {operation_id(1), operation_id(9)}}, own, &state), {"nobody who is a member"}));
  CHECK(check(state.key, {14, Answer, {operation_id(1, 0, 1)}}, own, &state).ok());
  CHECK(says(check(state.key, {14, Answer, {operation_id(2, 0, 1)}}, own, &state), {"an answer on event", "council 081040"}));
}

TEST_CASE("refusal: what the own table does not have is a mistake and says what it is") {
  const Standing own{kOwner, Role::Council};
  const auto invalid = [](const Status& status, std::string_view word) {
    return says(status, {word}) && status.error().code == Code::Invalid;
  };
  CHECK(invalid(check(record(10), {2, Write}, own), "kind that this program does not have: 10"));
  CHECK(invalid(check(record(4), {77, Write}, own), "event does not have: 77"));
  CHECK(invalid(check(record(4), {2, Add}, own), "field title"));
  CHECK(invalid(check(record(4), {2, Remove}, own), "not of a record"));
  CHECK(invalid(check(record(4), {2, static_cast<OperationClass>(100)}, own), "class that this program does not know"));
}
