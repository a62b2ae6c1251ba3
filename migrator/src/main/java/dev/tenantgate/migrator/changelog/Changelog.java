package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ordered set of all migrations found on disk, and what new tenants begin with. Immutable. */
public final class Changelog {

  private final List<Migration> all;
  private final List<Migration> ofPublic;
  private final List<Migration> ofTenants;
  private final Map<Version, Migration> byVersion;
  private final List<SeedFile> seedData;
  private final UnmanagedPolicy unmanaged;
  private final @Nullable ExternalTool external;
  private final @Nullable Checkpoint checkpoint;

  /**
   * Orders the migrations.
   *
   * @throws IllegalArgumentException if two migrations have the same version
   */
  public Changelog(Collection<Migration> migrations) {
    this(migrations, List.of());
  }

  /**
   * Orders the migrations.
   *
   * @param seedData what fills a new tenant's schema, in order
   * @throws IllegalArgumentException if two migrations have the same version
   */
  public Changelog(Collection<Migration> migrations, List<SeedFile> seedData) {
    this(migrations, List.of(), seedData);
  }

  /**
   * Orders the migrations.
   *
   * @param elsewhere those of other environments: never pending here, but known where a history has
   *     them, such as that of a database restored from another environment's
   * @param seedData what fills a new tenant's schema, in order
   * @throws IllegalArgumentException if two migrations have the same version
   */
  public Changelog(
      Collection<Migration> migrations, Collection<Migration> elsewhere, List<SeedFile> seedData) {
    this.seedData = List.copyOf(seedData);
    unmanaged = UnmanagedPolicy.REFUSE;
    external = null;
    checkpoint = null;
    List<Migration> sorted = new ArrayList<>(migrations);
    sorted.sort(Comparator.comparing(Migration::version));
    all = List.copyOf(sorted);
    ofPublic = all.stream().filter(m -> m.scope() != MigrationScope.TENANT).toList();
    ofTenants = all.stream().filter(m -> m.scope() != MigrationScope.PUBLIC).toList();
    byVersion =
        Stream.concat(all.stream(), elsewhere.stream())
            .collect(
                Collectors.toUnmodifiableMap(
                    Migration::version,
                    m -> m,
                    (a, b) -> {
                      throw new IllegalArgumentException(
                          "version %s stands in both %s and %s"
                              .formatted(a.version(), a.source(), b.source()));
                    }));
  }

  private Changelog(Changelog other, UnmanagedPolicy unmanaged, @Nullable ExternalTool external) {
    this(other, unmanaged, external, other.seedData, other.checkpoint);
  }

  private Changelog(
      Changelog other,
      UnmanagedPolicy unmanaged,
      @Nullable ExternalTool external,
      List<SeedFile> seedData,
      @Nullable Checkpoint checkpoint) {
    all = other.all;
    ofPublic = other.ofPublic;
    ofTenants = other.ofTenants;
    byVersion = other.byVersion;
    this.seedData = seedData;
    this.unmanaged = unmanaged;
    this.external = external;
    this.checkpoint = checkpoint;
  }

  /** The same, with another state that new tenants' schemas are created from. */
  public Changelog withCheckpoint(@Nullable Checkpoint other) {
    return new Changelog(this, unmanaged, external, seedData, other);
  }

  /** The checkpoint that new tenants' schemas are created from; null if that is all migrations. */
  public @Nullable Checkpoint checkpoint() {
    return checkpoint;
  }

  /** The same, of another tool that applies them. */
  Changelog withExternal(ExternalTool tool) {
    return new Changelog(this, unmanaged, tool);
  }

  /**
   * Another tool that migrates; what this holds is then what the tool's history must have, with
   * nothing to run. Null if this migrator does.
   */
  public @Nullable ExternalTool external() {
    return external;
  }

  /** The same migrations, with another way with schemas that have no history. */
  public Changelog withUnmanaged(UnmanagedPolicy policy) {
    return new Changelog(this, policy, external);
  }

  /**
   * The policy for a schema that has relations, but no history that is understood. Default {@code
   * refuse}.
   */
  public UnmanagedPolicy unmanaged() {
    return unmanaged;
  }

  /** All migrations, by rising version. */
  public List<Migration> migrations() {
    return all;
  }

  /** The migrations for the schema, by rising version. */
  public List<Migration> of(SchemaRef schema) {
    return schema.isPublic() ? ofPublic : ofTenants;
  }

  /**
   * The same with the seed data of one tenant: what was said of it stands where its files ask for
   * it.
   *
   * @throws SeedValueException if a file asks for a value that isn't given
   */
  public Changelog seededFor(SchemaRef schema, SeedValues values) throws SeedValueException {
    List<SeedFile> filled = new ArrayList<>();
    for (SeedFile file : seedData) {
      filled.add(file.of(schema, values));
    }
    return new Changelog(this, unmanaged, external, List.copyOf(filled), checkpoint);
  }

  /** The files that fill a new tenant's schema once its migrations are applied, in order. */
  public List<SeedFile> seedData() {
    return seedData;
  }

  /** The migration of that version, also one that is for another environment alone. */
  public Optional<Migration> find(Version version) {
    return Optional.ofNullable(byVersion.get(version));
  }

  /** The highest version of all scopes; empty if there is no migration at all. */
  public Optional<Version> latest() {
    return all.stream()
        .map(Migration::version)
        .filter(version -> !version.isRepeatable())
        .reduce((earlier, later) -> later);
  }
}
