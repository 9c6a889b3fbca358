/** Title and description of the OpenAPI document. */
export const about = {
  title: 'Inventory 库存',
  description:
    'Holds stock for placed orders, deducts it for confirmed orders, releases or restocks it for cancelled ones.',
};
