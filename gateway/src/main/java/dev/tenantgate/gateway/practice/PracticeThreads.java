package dev.tenantgate.gateway.practice;

/** The threads of databases and clients: none of them keeps the process. Stateless. */
final class PracticeThreads {

  private PracticeThreads() {}

  static void start(String name, Runnable work) {
    Thread thread = new Thread(work, "tenantgate-practice-" + name);
    thread.setDaemon(true);
    thread.start();
  }
}
