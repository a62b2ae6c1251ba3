package dev.tenantgate.gateway.driver;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;

/** A row that says whose it is, for Hibernate to map. */
@Entity(name = "Item")
class Item {

  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  private long id;

  @Column private String name = "";

  /** Comes with the second migration. */
  @Column(insertable = false, updatable = false)
  private String note = "";

  Item() {}

  Item(String name) {
    this.name = name;
  }

  long id() {
    return id;
  }

  String text() {
    return name + "/" + note;
  }
}
