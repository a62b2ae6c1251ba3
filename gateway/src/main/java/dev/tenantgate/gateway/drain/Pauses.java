package dev.tenantgate.gateway.drain;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Databases and tenants that an operator has paused, or closed for new clients. A paused one's
 * transactions that are under way go on; none begins until it is resumed. They outlast a reload of
 * the settings, and end with the process. Thread-safe; {@link #holds} takes no lock.
 */
public final class Pauses {

  private final Set<String> databases = ConcurrentHashMap.newKeySet();
  private final Set<String> tenants = ConcurrentHashMap.newKeySet();
  private final Set<String> disabledDatabases = ConcurrentHashMap.newKeySet();
  private final Set<String> disabledTenants = ConcurrentHashMap.newKeySet();
  private final Set<Place> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean all;
  private volatile boolean any;

  /** A session that waits until something is resumed. */
  public static final class Place {
    private final Executor executor;
    private final Runnable resumed;

    private Place(Executor executor, Runnable resumed) {
      this.executor = executor;
      this.resumed = resumed;
    }
  }

  // ---- what is paused

  /** Whether no transaction may begin; null is no tenant. */
  public boolean holds(String database, @Nullable String tenant) {
    return any && (isPaused(database) || (tenant != null && tenants.contains(tenant)));
  }

  /** Whether a database is paused, by its name or with all others. */
  public boolean isPaused(String database) {
    return all || databases.contains(database);
  }

  /** Whether all databases are paused. */
  public boolean areAllPaused() {
    return all;
  }

  /** The databases that are paused by their names. */
  public Set<String> databases() {
    return Set.copyOf(databases);
  }

  /** The tenants that are paused. */
  public Set<String> tenants() {
    return Set.copyOf(tenants);
  }

  /** Pauses all databases; whether they weren't. */
  public synchronized boolean pauseAll() {
    boolean fresh = !all;
    all = true;
    any = true;
    return fresh;
  }

  /** Pauses a database; whether it wasn't. */
  public synchronized boolean pauseDatabase(String name) {
    boolean fresh = databases.add(name);
    any = true;
    return fresh;
  }

  /** Pauses a tenant; whether it wasn't. */
  public synchronized boolean pauseTenant(String name) {
    boolean fresh = tenants.add(name);
    any = true;
    return fresh;
  }

  /** Resumes all databases, those as well that were paused by their names; whether any was. */
  public boolean resumeAll() {
    boolean was;
    synchronized (this) {
      was = all || !databases.isEmpty();
      all = false;
      databases.clear();
    }
    wake();
    return was;
  }

  /** Resumes a database; whether it was paused by its name. */
  public boolean resumeDatabase(String name) {
    boolean was = databases.remove(name);
    wake();
    return was;
  }

  /** Resumes a tenant; whether it was paused. */
  public boolean resumeTenant(String name) {
    boolean was = tenants.remove(name);
    wake();
    return was;
  }

  // ---- closed for new clients

  /** Whether no client may log in; null is no tenant. */
  public boolean isDisabled(String database, @Nullable String tenant) {
    return disabledDatabases.contains(database)
        || (tenant != null && disabledTenants.contains(tenant));
  }

  /** Closes a database for new clients, or opens it. */
  public void disableDatabase(String name, boolean disabled) {
    put(disabledDatabases, name, disabled);
  }

  /** Closes a tenant for new clients, or opens it. */
  public void disableTenant(String name, boolean disabled) {
    put(disabledTenants, name, disabled);
  }

  private static void put(Set<String> set, String name, boolean member) {
    if (member) {
      set.add(name);
    } else {
      set.remove(name);
    }
  }

  /** The databases that are closed for new clients. */
  public Set<String> disabledDatabases() {
    return Set.copyOf(disabledDatabases);
  }

  // ---- those who wait

  /** How many sessions wait at the gate until something is resumed. */
  public int waiting() {
    return waiting.size();
  }

  /**
   * Waits until anything is resumed, or may have been meanwhile; to be judged anew then.
   *
   * @param resumed called once on the executor, unless {@link #leave} comes first
   */
  public Place await(
      Executor executor, Runnable resumed, String database, @Nullable String tenant) {
    Place place = new Place(executor, resumed);
    waiting.add(place);
    if (!holds(database, tenant)) {
      wake(place); // it has been resumed in the same moment
    }
    return place;
  }

  /** Waits no more. */
  public void leave(Place place) {
    waiting.remove(place);
  }

  private void wake() {
    synchronized (this) {
      any = all || !databases.isEmpty() || !tenants.isEmpty();
    }
    waiting.forEach(this::wake);
  }

  private void wake(Place place) {
    if (!waiting.remove(place)) {
      return;
    }
    try {
      place.executor.execute(place.resumed);
    } catch (RejectedExecutionException e) {
      // Its event loop is gone, and the session with it.
    }
  }
}
