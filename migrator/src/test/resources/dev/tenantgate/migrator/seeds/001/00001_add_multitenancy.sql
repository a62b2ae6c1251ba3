-- Migration: 00001_add_multitenancy.sql
-- Description: Add multitenancy support
-- Date: 2025-01-15
-- Author: AGoat Publisher Team

-- UP MIGRATION
CREATE TABLE customers (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    email VARCHAR(255) UNIQUE NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT current_timestamp()
);

-- DOWN MIGRATION
DROP TABLE IF EXISTS customers;
