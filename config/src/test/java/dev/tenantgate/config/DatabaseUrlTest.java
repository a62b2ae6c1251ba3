package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

  @TempDir Path folder;

  private DatabaseUrl parse(String text) throws InvalidValueException {
    return DatabaseUrl.parse(text, folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://owner:p%40ss%2Fw@db.example:5433/app",
        "postgres://owner:p%40ss%2Fw@db.example:5433/app",
        "postgresql://db.example:5433/app?user=owner&password=p@ss%2Fw",
        "jdbc:postgresql://db.example:5433/app?user=owner&password=p%40ss/w",
        "host=db.example port=5433 dbname=app user=owner password=p@ss/w",
        "  host = 'db.example' port=5433\n dbname='app' user=owner password='p@ss/w'  ",
        "postgresql:///app?host=db.example&port=5433&user=owner&password=p@ss/w",
      })
  void everyFormIsUnderstood(String text) throws Exception {
    assertThat(parse(text))
        .isEqualTo(
            new DatabaseUrl(
                List.of(new NetworkAddress("db.example", 5433)),
                TargetSession.ANY,
                "app",
                "owner",
                "p@ss/w",
                null,
                null,
                null,
                List.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://o@h,h,5432,o",
    "postgresql://o@h/,h,5432,o",
    "postgresql://o@/d,localhost,5432,d",
    "postgresql://o@[::1]:5433/d,::1,5433,d",
    "postgresql://o@[fe80::1]/d,fe80::1,5432,d",
    "postgresql://o@10.0.0.1:6000,10.0.0.1,6000,o",
    "jdbc:postgresql:d?user=o,localhost,5432,d",
    "jdbc:postgresql:/?user=o,localhost,5432,o",
    "jdbc:postgresql://h:1/?user=o,h,1,o",
    "user=o,localhost,5432,o",
    "postgresql://o@h/caf%C3%A9%20x,h,5432,café x",
  })
  void whatIsLeftOutIsAsInLibpq(String text, String host, int port, String database)
      throws Exception {
    DatabaseUrl url = parse(text);

    assertThat(url.address().host()).isEqualTo(host);
    assertThat(url.address().port()).isEqualTo(port);
    assertThat(url.database()).isEqualTo(database);
  }

  @Test
  void parametersAreUnderstood() throws Exception {
    Path ca = Files.writeString(folder.resolve("ca.pem"), "");

    DatabaseUrl url =
        parse("postgresql://o@h/d?sslmode=verify-full&sslrootcert=ca.pem&connect_timeout=7");
    DatabaseUrl jdbc = parse("jdbc:postgresql://h/d?user=o&connectTimeout=7&sslrootcert=system");

    assertThat(url.sslMode()).isEqualTo("verify-full");
    assertThat(url.ca()).isEqualTo(ca.toString());
    assertThat(url.connectTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(jdbc.connectTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(jdbc.ca()).isNull();
  }

  @Test
  void wordsAreQuotedAsInLibpq() throws Exception {
    assertThat(parse("user=o password='it\\'s \\\\ here' host=h").password())
        .isEqualTo("it's \\ here");
    assertThat(parse("user=o password=a\\ b host=h").password()).isEqualTo("a b");
    assertThat(parse("user=o password='' host=h").password()).isNull();
  }

  @Test
  void whatIsShownReadsBackAndHasNoPassword() throws Exception {
    String shown = parse("postgresql://o%40x:secret@[::1]/caf%C3%A9").toString();

    assertThat(shown).isEqualTo("postgresql://o%40x@[::1]:5432/caf%C3%A9");
    assertThat(parse(shown).user()).isEqualTo("o@x");
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://o@%2Frun%2Fpostgresql/d, /run/postgresql, 5432",
    "postgresql://o@/d?host=/run/postgresql, /run/postgresql, 5432",
    "postgresql:///d?host=/run/postgresql/&port=5433&user=o, /run/postgresql, 5433",
    "host=/tmp user=o port=6000 dbname=d, /tmp, 6000",
    "host='/var/run/my db' user=o, /var/run/my db, 5432",
    "jdbc:postgresql:d?user=o&host=/tmp, /tmp, 5432",
    "'jdbc:postgresql://localhost/d?user=o&socketFactory=org.newsclub.net.unix"
        + ".AFUNIXSocketFactory$FactoryArg&socketFactoryArg=/tmp/.s.PGSQL.5433', /tmp, 5433",
    "'jdbc:postgresql://localhost/d?socketFactoryArg=/.s.PGSQL.5433&user=o&socketFactory="
        + "org.newsclub.net.unix.socketfactory.PostgresqlAFUNIXSocketFactory', /, 5433"
  })
  void unixSocketIsNamedByItsDirectory(String text, String directory, int port) throws Exception {
    DatabaseUrl url = parse(text);

    assertThat(url.address()).isEqualTo(new NetworkAddress(directory, port));
    assertThat(url.address().isUnixSocket()).isTrue();
    assertThat(parse(url.toString()).address()).isEqualTo(url.address());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://o@a:1,b,[::1]:3/d?target_session_attrs=read-write | a:1 b:5432 [::1]:3",
        "host=a,b port=6000 user=o target_session_attrs=read-write | a:6000 b:6000",
        "host=a,b port=6000,6001 user=o target_session_attrs=read-write | a:6000 b:6001",
        "jdbc:postgresql://a,b:6001/d?user=o&target_session_attrs=read-write | a:5432 b:6001"
      })
  void severalHostsAreReadAsLibpqDoes(String text, String addresses) throws Exception {
    DatabaseUrl url = parse(text);

    assertThat(String.join(" ", url.addresses().stream().map(NetworkAddress::toString).toList()))
        .isEqualTo(addresses);
    assertThat(url.target()).isEqualTo(TargetSession.READ_WRITE);
    assertThat(parse(url.toString()).addresses()).isEqualTo(url.addresses());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://h/d | must name the gateway's own account: postgresql://USER@...",
        "postgresql://o@a:1,b:2,c/d?port=3 | must not give port twice",
        "host=a,b,c port=1,2 user=o | must have one port, or as many as hosts: there are 3 hosts"
            + " and 2",
        "postgresql://o@a,b/d?target_session_attrs=rw | target_session_attrs must be one of any,",
        "host=@abstract user=o | must name a Unix-domain socket by its directory; abstract sockets",
        "host=/a,/b user=o | must not have a Unix-domain socket among several hosts",
        "jdbc:postgresql://h/d?user=o&socketFactory=com.google.cloud.sql.postgres.SocketFactory |"
            + " has a socketFactory that is not supported; a Unix-domain socket is socketFactory=",
        "jdbc:postgresql://h/d?user=o&socketFactoryArg=/tmp/.s.PGSQL.5432 | has a socketFactory"
            + " that is not supported",
        "postgresql://o@h/d?socketFactory=x | has a parameter socketFactory that is not supported",
        "postgresql://o@[::1/d | must close the bracket of the IPv6 address",
        "postgresql://o@[::1]x/d | must have nothing but a port behind the IPv6 address",
        "postgresql://o@::1/d | must have a port from 1 to 65535 behind the host",
        "postgresql://o@h:0/d | must have a port from 1 to 65535 behind the host",
        "postgresql://o@h:65536/d | must have a port from 1 to 65535 behind the host",
        "postgresql://o@h:+5/d | must have a port from 1 to 65535 behind the host",
        "postgresql://o@h/d/e | must have one database behind the host",
        "postgresql://o@h/d?search_path=x | must not have search_path in it",
        "jdbc:postgresql://h/d?user=o&currentSchema=x | must not have currentSchema in it",
        "postgresql://o@h/d?options=-cx%3Dy | must not have options in it",
        "postgresql://o@h/d?keepalives_idle=9 | has a parameter keepalives_idle that is"
            + " not supported",
        "user=o sslkey=x | has a parameter sslkey that is not supported",
        "postgresql://o@h/d?sslmode | must have name=value parameters behind the ?",
        "postgresql://o@h/d?sslmode=on | sslmode must be one of disable,",
        "postgresql://o@h/d?sslrootcert=nope | sslrootcert must be PEM text or the path of a PEM"
            + " file",
        "postgresql://o@h/d?connect_timeout=0 | connect_timeout must be whole seconds, at least 1",
        "postgresql://o@h/d?connect_timeout=5s | connect_timeout must be whole seconds, at least 1",
        "postgresql://o@h/d?user=p | must not give user twice",
        "postgresql://o@h/%zz | must have two hexadecimal digits",
        "postgresql://o@h/%4 | must have two hexadecimal digits",
        "postgresql://o@h/%00 | must have two hexadecimal digits, not 00",
        "postgresql://o@h/%ff | must have percent escapes that are UTF-8",
        "o@h | must be postgresql://user:password@host:port/database",
        "mysql://o@h/d?x=y | must be postgresql://user:password@host:port/database",
      })
  void whatCannotBeIsRefused(String text, String message) {
    InvalidValueException refused =
        catchThrowableOfType(InvalidValueException.class, () -> parse(text));

    assertThat(refused).isNotNull();
    assertThat(refused.describe(true)).startsWith(message);
  }
}
