package dev.tenantgate.gateway.admin;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Answers requests for one path and method. Called on threads that may block. */
@FunctionalInterface
interface Endpoint {

  CompletionStage<AdminResponse> answer(AdminRequest request);

  /** One that has its answer when it returns. */
  interface Immediate {
    AdminResponse answer(AdminRequest request);
  }

  static Endpoint immediate(Immediate endpoint) {
    return request -> CompletableFuture.completedFuture(endpoint.answer(request));
  }
}
