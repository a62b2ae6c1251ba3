/** Where everything is put together: transports, listeners, pipelines, shutdown. */
@NullMarked
package dev.tenantgate.gateway.server;

import org.jspecify.annotations.NullMarked;
