import { expect, test } from 'vitest';
import { kafkaEnvironment, propertiesText } from './kafka-properties.ts';

test('properties are one line each, with backslashes kept', () => {
  expect(propertiesText({ 'node.id': '1', 'log.dirs': 'C:\\logs' })).toBe('node.id=1\nlog.dirs=C:\\\\logs\n');
});

test('the official image reads a property from a variable with KAFKA_ before it and _ for its points', () => {
  expect(kafkaEnvironment({ 'node.id': '1', listeners: 'PLAINTEXT://:9092' })).toEqual({
    KAFKA_NODE_ID: '1',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092',
  });
});
