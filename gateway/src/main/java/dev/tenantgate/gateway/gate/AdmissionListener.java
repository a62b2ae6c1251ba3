package dev.tenantgate.gateway.gate;

/** Told what became of a session that was held. */
@FunctionalInterface
public interface AdmissionListener {

  /**
   * Called once, on the request's executor, unless the hold was cancelled first. A session that
   * ended in the meantime ignores it.
   */
  void decided(Admission.Decision decision);
}
