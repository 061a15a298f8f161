// Merging through a ledger: the entries of several logs, the membership's among them, in any order of arrival. What the ledger
// keeps change by change is what the twin says of everything that has come, and its digest that of the twin's states.
#include <doctest/doctest.h>

#include "tests/support/builders.h"
#include "tests/support/pair.h"
#include "tests/support/random_history.h"
#include "tests/support/situations.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

// A network's logs, written by hand: its membership first, then those of the founder, of a second device, a reader and a later
// coordinator of its council, of another council, of the national one, and of somebody who is no member.
class MergeWorld {
 public:
  MergeWorld() {
    logs_.emplace_back(founding_.network, founding_.founder.identity, LogClass::Membership, 1);
    append_membership(founding_.operation);
    admit(2, Role::Council, founding_.founder.council());
    admit(3, Role::Council, {});
    admit(4, Role::National, {});
    admit(5, Role::Reader, founding_.founder.council());
    logs_.emplace_back(founding_.network, founding_.founder.identity);
    for (std::uint8_t number = 2; number <= 6; ++number) logs_.emplace_back(founding_.network, Person(number).identity);
  }

  const Founding& founding() const { return founding_; }
  std::vector<Author>& logs() { return logs_; }
  std::size_t random_author(Random& random) { return random.below(3) == 0 ? 1 : 1 + random.below(logs_.size() - 1); }

  // Appends an entry with these changes, and gives them as the fold gets them.
  std::vector<FoldChange> append(std::size_t author, const std::vector<Skeleton>& skeletons,
                                 const std::vector<Value::Array>& values) {
    std::vector<ChangeBytes> bytes;
    for (std::size_t i = 0; i < skeletons.size(); ++i)
      bytes.push_back({encode(skeletons[i]), encode_values(numbered<Salt>(9), values[i])});
    Author& log = logs_[author];
    log.append(bytes);
    std::vector<FoldChange> changes;
    for (std::size_t i = 0; i < skeletons.size(); ++i) {
      FoldChange change;
      const Hash leaf = leaf_of(bytes[i].skeleton, values_hash(bytes[i].values));
      change.source = {prefix_of(log.tip().id), static_cast<std::uint8_t>(i), leaf, log.clock, {}, LogNumber{author}};
      change.skeleton = skeletons[i];
      changes.push_back(std::move(change));
    }
    return changes;
  }
  OperationId write(std::size_t author, const RecordKey& key, Operation operation, const Value& value = {}) {
    const FoldChange change = append(author, {{key, {std::move(operation)}}}, {{value}}).front();
    return {change.source.entry, 0, 0};
  }

 private:
  OperationId append_membership(const MembershipOperation& operation) {
    const ChangeBytes change{encode(operation), {}};
    logs_.front().append({&change, 1});
    return {prefix_of(logs_.front().tip().id), 0, 0};
  }
  void admit(std::uint8_t number, Role role, const CouncilId& council) {
    const Person ticket(static_cast<std::uint8_t>(number + 100)), newcomer(number);
    const OperationId invite = append_membership(invitation_of(ticket, role, council));
    append_membership(admission_of(founding_.network, invite, ticket, newcomer));
  }

  Founding founding_;
  std::vector<Author> logs_;
};

// A ledger that takes the logs of a world, each in its order, one entry at a time.
class Reader {
 public:
  explicit Reader(MergeWorld& world) : world_(world), taken_(world.logs().size(), 0) {
    load();
    REQUIRE(
        ledger_->add_network({world.founding().network, encode(MembershipOperation(world.founding().operation)), "R", {}}).ok());
  }

  Network& network() { return ledger_->networks().begin()->second; }
  bool has_more(std::size_t log) const { return taken_[log] < world_.logs()[log].tip().seq.value; }
  bool has_more() const {
    for (std::size_t log = 0; log < taken_.size(); ++log) {
      if (has_more(log)) return true;
    }
    return false;
  }
  bool has(const FoldChange& change) const {  // whether its entry has come
    Author& author = world_.logs()[change.source.log.value];
    for (std::uint64_t seq = 1; seq <= taken_[change.source.log.value]; ++seq) {
      if (prefix_of(author.head(seq).id) == change.source.entry) return true;
    }
    return false;
  }
  void take(std::size_t number) {
    Author& author = world_.logs()[number];
    const std::uint64_t seq = ++taken_[number];
    Result<Log*> log = ledger_->open_log(network(), author.log());
    REQUIRE(log.ok());
    const Result<std::vector<Ledger::Place>> places = ledger_->places_at(**log, Seq{seq - 1});
    REQUIRE((places.ok() && places->size() == 1));
    EntryView entry;
    ByteReader reader(author.body(seq));
    REQUIRE(parse_entry(reader, author.log().log_class, entry).ok());
    entry.body = author.body(seq);
    REQUIRE(ledger_->append(network(), **log, places->front(), author.head(seq), entry, Signature{}).ok());
    REQUIRE(ledger_->settle(network()).ok());
  }
  void take_all(std::size_t log) {
    while (has_more(log)) take(log);
  }
  void restart() {
    REQUIRE(ledger_->commit().ok());
    ledger_.reset();
    load();
  }

  std::optional<Standing> standing_of(std::size_t log) {
    const Member* member = network().membership.find(world_.logs()[log].log().author);
    return member == nullptr ? std::nullopt : std::optional(Standing{member->council, member->role});
  }
  std::optional<RecordState> state(const RecordKey& key) {
    const Result<std::optional<RecordNumber>> number = ledger_->find_record(network(), id_of(key));
    REQUIRE(number.ok());
    if (!*number) return std::nullopt;
    Result<std::optional<RecordState>> state = ledger_->record(**number);
    REQUIRE((state.ok() && state->has_value()));
    return std::move(*state);
  }
  RecordView view(const RecordKey& key) {
    const std::optional<RecordState> now = state(key);
    if (!now) return {};
    Result<RecordView> view = ledger_->view(*now);
    REQUIRE(view.ok());
    return std::move(*view);
  }
  std::string text(const RecordKey& key, std::uint8_t field) {
    const RecordView now = view(key);
    const Value* value = now.shown(field);
    return value != nullptr && value->if_text() != nullptr ? *value->if_text() : "";
  }

 private:
  void load() {
    Result<std::unique_ptr<Ledger>> ledger = Ledger::load(storage_, Incarnation{1});
    REQUIRE(ledger.ok());
    ledger_ = std::move(*ledger);
  }
  MergeWorld& world_;
  MemoryStorage storage_;
  std::unique_ptr<Ledger> ledger_;
  std::vector<std::uint64_t> taken_;  // entries of each log that have come
};

struct Record {
  RecordKey key;
  HistoryStyle style;
  std::vector<FoldChange> written;
  std::map<OperationId, Value> values;
};

bool has_value(OperationClass what) { return what == Write || what == Add || what == Answer || what == Comment; }

// Entries by everybody, of one or two changes each (now and then of one record), by people who lag a few changes behind.
std::vector<Record> random_records(Random& random, MergeWorld& world) {
  const CouncilId own = world.founding().founder.council(), other = Person(3).council(), national = Person(4).council();
  std::vector<Record> records = {{{own, 4, numbered<Nonce>(1)}, {}, {}, {}},
                                 {{other, 2, numbered<Nonce>(2)}, {}, {}, {}},
                                 {{national, 5, numbered<Nonce>(3)}, {}, {}, {}},
                                 {{own, 77, numbered<Nonce>(4)}, {}, {}, {}}};
  for (Record& record : records) record.style = random_style(random);
  for (std::uint64_t step = 20 + random.below(25); step > 0; --step) {
    std::vector<Record*> touched;
    std::vector<Skeleton> skeletons;
    std::vector<Value::Array> values;
    for (std::uint64_t i = 1 + random.below(2); i > 0; --i) {
      Record& record = records[random.below(records.size())];
      const std::size_t seen = record.written.size() - std::min<std::size_t>(record.written.size(), random.below(4));
      Skeleton skeleton{record.key, random_operations(random, record.style)};
      Value::Array written;
      for (Operation& operation : skeleton.operations) {
        operation.overwrites = random_overwrites(random, record.style, record.written, seen, operation);
        written.push_back(has_value(operation.operation_class) ? Value(random.below(3) == 0 ? "b" : "a") : Value());
      }
      touched.push_back(&record);
      skeletons.push_back(std::move(skeleton));
      values.push_back(std::move(written));
    }
    const std::vector<FoldChange> changes = world.append(world.random_author(random), skeletons, values);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      touched[i]->written.push_back(changes[i]);
      for (std::size_t j = 0; j < values[i].size(); ++j)
        touched[i]->values[{changes[i].source.entry, changes[i].source.change, static_cast<std::uint8_t>(j)}] = values[i][j];
    }
  }
  return records;
}

// What has come of a record, by the standing that its authors have here now. Of who is none of the members nothing counts, and
// nothing may depend on it, since others do not fetch it.
std::vector<FoldChange> come(Reader& reader, const Record& record) {
  std::vector<FoldChange> changes;
  for (const FoldChange& change : record.written) {
    if (!reader.has(change)) continue;
    const std::optional<Standing> author = reader.standing_of(change.source.log.value);
    if (!author) continue;
    changes.push_back(change);
    changes.back().author = author;
  }
  return changes;
}

void check_same(Reader& reader, const std::vector<Record>& records) {
  SetDigest digest;
  for (const Record& record : records) {
    const TwinState twin = twin_fold(record.key, come(reader, record));
    const std::optional<RecordState> state = reader.state(record.key);
    if (!twin.canonical.empty()) digest.add(hash(Domain::State, {id_of(record.key).view(), View(twin.canonical)}));
    CHECK((state ? canonical_state(*state) : Bytes{}) == twin.canonical);
    if (!state) continue;
    CHECK(state->is_hidden() == twin.hidden);
    CHECK(state->ever_shared == twin.ever_shared);
    CHECK(state->voids == twin.voids);
  }
  CHECK(reader.network().state_digest() == digest.value());
}

// The different values of each live register: what may and may not be called a conflict.
void check_conflicts(Reader& reader, const Record& record, const TwinState& twin, Situations& situations) {
  const RecordView view = reader.view(record.key);
  for (std::uint8_t field : {2, 3}) {
    std::size_t writes = 0;
    std::set<std::string> different;
    for (const FoldChange& change : record.written) {
      for (std::size_t i = 0; i < change.skeleton.operations.size(); ++i) {
        const OperationId id{change.source.entry, change.source.change, static_cast<std::uint8_t>(i)};
        const OperationClass what = change.skeleton.operations[i].operation_class;
        if (change.skeleton.operations[i].field != field || !twin.live.contains(id)) continue;
        if (what != Write) return;  // this field is written in ways that its kind does not know
        ++writes;
        different.insert(*record.values.at(id).if_text());
      }
    }
    CHECK(view.in_conflict(field) == (different.size() > 1));
    if (writes > 1 && different.size() == 1) situations.add(Situation::EqualSideBySide);
  }
}

}  // namespace

TEST_CASE("merge: in a hundred orders of arrival, a ledger holds at every step what the twin says, down to the digest") {
  Situations situations;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    Random random = Random::from_number(seed);
    MergeWorld world;
    const std::vector<Record> records = random_records(random, world);
    std::set<Hash> digests;
    for (int order = 0; order < 100; ++order) {
      Reader reader(world);
      const bool members_first = random.below(3) == 0;  // so that changes are applied one by one, and not folded anew
      if (members_first) reader.take_all(0);
      std::vector<std::vector<FoldChange>> arrived(records.size());
      while (reader.has_more()) {
        std::size_t log = random.below(world.logs().size());
        while (!reader.has_more(log)) log = (log + 1) % world.logs().size();
        reader.take(log);
        if (random.below(40) == 0) check_same(reader, records);
        if (random.below(60) == 0) reader.restart();
        for (std::size_t i = 0; i < records.size(); ++i) {
          for (const FoldChange& change : records[i].written) {
            const bool is_new =
                reader.has(change) && std::none_of(arrived[i].begin(), arrived[i].end(), [&](const FoldChange& one) {
                  return one.source.entry == change.source.entry && one.source.change == change.source.change;
                });
            if (is_new) arrived[i].push_back(change);
          }
        }
      }
      check_same(reader, records);
      digests.insert(reader.network().state_digest());
      for (std::size_t i = 0; i < records.size(); ++i) {
        situations.count_order(records[i].written, arrived[i]);
        if (order > 0) continue;
        const std::vector<FoldChange> all = come(reader, records[i]);
        const TwinState twin = twin_fold(records[i].key, all);
        situations.count(records[i].key, all, twin);
        if (records[i].key.kind != 77) check_conflicts(reader, records[i], twin, situations);
      }
    }
    CHECK(digests.size() == 1);
  }
  MESSAGE(situations.table("ledgers beside the twin"));
  // What comes twice is held by the session, and what is of no member left out before the fold.
  CHECK(situations.never({Situation::Repeated, Situation::NoStanding}).empty());
}

// --- Named examples: what the rules mean for people.

namespace {

// Logs of a world by who writes.
constexpr std::size_t kMembers = 0, kOwner = 1, kSecondDevice = 2, kOther = 3, kLogs = 7;

struct Example {
  MergeWorld world;
  RecordKey key{world.founding().founder.council(), static_cast<std::uint8_t>(Kind::Event), numbered<Nonce>(1)};
};

}  // namespace

TEST_CASE("merge: an edit wins over a concurrent remove, and the record is listed as edited after it") {
  Example example;
  MergeWorld& world = example.world;
  const OperationId title = world.write(kOwner, example.key, {2, Write}, "Fest");
  world.write(kOwner, example.key, {0, Remove, {title}});
  world.write(kSecondDevice, example.key, {2, Write, {title}}, "Sommerfest");
  for (const auto& [first, then] : {std::pair{kOwner, kSecondDevice}, std::pair{kSecondDevice, kOwner}}) {
    CAPTURE(first);
    Reader reader(world);
    reader.take_all(kMembers);
    reader.take_all(first);
    if (first == kOwner) CHECK(reader.view(example.key).hidden);
    reader.take_all(then);
    const RecordView view = reader.view(example.key);
    CHECK_FALSE(view.hidden);
    CHECK(view.edited_after_remove);
    CHECK(reader.text(example.key, 2) == "Sommerfest");
    CHECK_FALSE(view.in_conflict(2));
  }
}

TEST_CASE("merge: an add wins over a concurrent take of the same element") {
  Example example;
  example.key.kind = static_cast<std::uint8_t>(Kind::Contact);
  MergeWorld& world = example.world;
  const OperationId add = world.write(kOwner, example.key, {5, Add}, "a@vejle.dk");
  world.write(kOwner, example.key, {5, Take, {add}});
  world.write(kSecondDevice, example.key, {5, Add}, "a@vejle.dk");
  for (bool take_first : {true, false}) {
    CAPTURE(take_first);
    Reader reader(world);
    reader.take_all(kMembers);
    if (take_first) reader.take_all(kOwner);
    reader.take_all(kSecondDevice);
    reader.take_all(kOwner);
    CHECK(reader.view(example.key).distinct(5) == std::vector<Value>{"a@vejle.dk"});
    CHECK(reader.view(example.key).of(5).size() == 1);
  }
}

TEST_CASE("merge: equal values written at the same time are no conflict, different ones are, and both are kept") {
  Example example;
  MergeWorld& world = example.world;
  world.write(kOwner, example.key, {2, Write}, "Fest");
  world.write(kSecondDevice, example.key, {2, Write}, "Fest");
  world.write(kOwner, example.key, {8, Write}, "Salen");
  world.write(kSecondDevice, example.key, {8, Write}, "Haven");
  Reader reader(world);
  for (std::size_t log = 0; log < kLogs; ++log) reader.take_all(log);
  const RecordView view = reader.view(example.key);
  CHECK(view.of(2).size() == 2);
  CHECK_FALSE(view.in_conflict(2));
  CHECK(view.in_conflict(8));
  CHECK(view.distinct(8).size() == 2);
}

TEST_CASE("merge: what comes before its record's creation waits without loss") {
  Example example;
  MergeWorld& world = example.world;
  const OperationId title = world.write(kOwner, example.key, {2, Write}, "Fest");
  world.write(kOwner, example.key, {kSharedField, Raise});
  world.write(kOther, example.key, {14, Answer}, "yes");
  world.write(kOther, example.key, {2, Write, {title}}, "Fælles fest");
  Reader reader(world);
  reader.take_all(kMembers);
  reader.take_all(kOther);
  CHECK(reader.view(example.key).answers(14).size() == 1);  // an answer stands by itself,
  CHECK(reader.text(example.key, 2).empty());               // an edit waits for the owner's sharing
  CHECK(reader.state(example.key)->voids == 1);
  reader.restart();  // on the disk as well
  reader.take_all(kOwner);
  CHECK(reader.text(example.key, 2) == "Fælles fest");
  CHECK(reader.view(example.key).of(2).size() == 1);  // and overwrites what came after it
  CHECK(reader.view(example.key).answers(14).size() == 1);
  CHECK(reader.state(example.key)->voids == 0);
}

TEST_CASE("merge: what comes before what it overwrites waits for it, and is not brought back by it") {
  Example example;
  MergeWorld& world = example.world;
  const OperationId first = world.write(kOwner, example.key, {2, Write}, "Fest");
  const OperationId second = world.write(kSecondDevice, example.key, {2, Write, {first}}, "Sommerfest");
  world.write(kOwner, example.key, {2, Write, {second}}, "Høstfest");
  Reader reader(world);
  reader.take_all(kMembers);
  reader.take_all(kSecondDevice);  // its predecessor is not here
  CHECK(reader.state(example.key)->awaited == std::vector<OperationId>{first});
  CHECK(reader.text(example.key, 2) == "Sommerfest");
  reader.restart();
  reader.take(kOwner);
  CHECK(reader.state(example.key)->awaited.empty());
  CHECK(reader.text(example.key, 2) == "Sommerfest");
  CHECK(reader.view(example.key).of(2).size() == 1);
  reader.take(kOwner);
  CHECK(reader.text(example.key, 2) == "Høstfest");
}

TEST_CASE("merge: what comes before its author's admission waits without loss") {
  Example example;
  example.key.council = Person(3).council();
  MergeWorld& world = example.world;
  world.write(kOther, example.key, {2, Write}, "Fest");
  Reader reader(world);
  reader.take(kMembers);
  reader.take_all(kOther);
  CHECK(reader.text(example.key, 2).empty());
  reader.restart();
  reader.take_all(kMembers);
  CHECK(reader.text(example.key, 2) == "Fest");
}
