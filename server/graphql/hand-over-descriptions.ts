/** The part of `descriptions.ts` about what carriers collect and what is signed for it. */
export const handOverDescriptions: Readonly<Record<string, string>> = {
  '!CarrierPickup': 'A carrier’s visit to collect boxes: one per account, location and day.',
  'CarrierPickup.carrierAccount': 'Under which contract.',
  'CarrierPickup.carrierReference': 'The carrier’s own number of the visit.',
  'CarrierPickup.location': 'Where it is.',
  'CarrierPickup.pickupOn': 'On which day.',
  'CarrierPickup.shipments': 'The boxes that wait for it, or that it has collected.',
  '!CarrierPickup.status': 'How far it is.',
  '!Query.carrierPickup': 'The visit with this id; null when the merchant has none.',
  '!HandOver':
    'What one carrier account is to collect at one location: boxes with a label, on no manifest yet.',
  'HandOver.carrierAccount': 'Under which contract.',
  'HandOver.location': 'Where they are.',
  '!Manifest':
    'A hand-over list: the boxes that one carrier account collects at one location at one time. ' +
    'Never changed.',
  'Manifest.boxes': 'Its lines.',
  'Manifest.carrierAccount': 'Under which contract.',
  'Manifest.location': 'Where it was handed over.',
  'Manifest.madeAt': 'When it was made.',
  '!Manifest.madeBy': 'The id of the member who made it; null: somebody in the database itself.',
  'Manifest.maker': 'Who made it.',
  '!ManifestBox': 'One line of a manifest.',
  'ManifestBox.manifest': 'The manifest it is a line of.',
  'ManifestBox.manifestId': 'The id of its manifest.',
  '!ManifestBox.shipment':
    'The box. When its manifestId is no longer this one, it was left behind; when it is CANCELLED, ' +
    'it was called off.',
  '!ManifestBox.shipmentId': 'The id of the box.',
  'Shipment.carrierPickup': 'The visit that it waits for, or that collected it.',
  'Shipment.manifest': 'The hand-over list that it is on.',
  '!Shipment.manifestId': 'The id of the hand-over list that it is on; null: on none yet.',
  '!Shipment.carrierPickupId': 'The id of the visit that it waits for, or that collected it.',
  'Query.carrierPickups': 'The visits of carriers.',
  'Query.handOvers': 'What waits to be handed over, by location and carrier account.',
  'Query.manifests': 'The hand-over lists.',
  '!Query.manifest': 'The manifest with this id; null when the merchant has none.',
};
